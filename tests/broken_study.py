"""Broken study files, plans and choices."""

from __future__ import annotations

from pathlib import Path

from broken import Says, edit_study, kind, warns

CALIBRATED = warns("people.calibrated", "census.csv")


@kind(Says("file.missing", "study.toml"))
def study_missing(folder: Path) -> None:
    (folder / "study.toml").unlink()


@kind(Says("file.empty", "study.toml"))
def study_empty(folder: Path) -> None:
    (folder / "study.toml").write_bytes(b"")


@kind(Says("toml.syntax", "study.toml", shows="line 4"))
def study_syntax(folder: Path) -> None:
    edit_study(folder, "[boundaries]", "[boundaries")


@kind(Says("toml.unknown-key", "study.toml", column="roads.pth"))
def study_unknown_key(folder: Path) -> None:
    edit_study(folder, 'path = "roads.osm"', 'pth = "roads.osm"')


@kind(
    Says("toml.number", "study.toml", column="response.turnout_min", shows="soon"),
    Says("toml.one-of", "study.toml", column="people.format", shows="grid"),
)
def study_wrong_types(folder: Path) -> None:
    edit_study(folder, 'format = "raster"', 'format = "grid"')
    edit_study(folder, "[zones]", '[response]\nturnout_min = "soon"\n\n[zones]')


@kind(Says("toml.finite", "study.toml", column="response.turnout_min"))
def study_infinite_minutes(folder: Path) -> None:
    edit_study(folder, "[zones]", "[response]\nturnout_min = inf\n\n[zones]")


@kind(Says("toml.missing-key", "study.toml", column="people.path"))
def study_key_missing(folder: Path) -> None:
    edit_study(folder, 'path = "people.tif"\n', "")


@kind(Says("toml.too-deep", "study.toml"))
def study_nested_too_deep(folder: Path) -> None:
    edit_study(folder, 'name = "broken"', 'name = "broken"\nx = ' + "[" * 100_000 + "]" * 100_000)


@kind(Says("file.not-utf8", "study.toml"))
def study_in_gbk(folder: Path) -> None:
    edit_study(folder, '"broken"', '"玉林"')
    path = folder / "study.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))


@kind(Says("file.not-utf8", "study.toml"))
def study_in_utf16(folder: Path) -> None:
    path = folder / "study.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


@kind(Says("file.not-a-file", "people"))
def study_names_a_folder(folder: Path) -> None:
    (folder / "people").mkdir()
    edit_study(folder, "people.tif", "people")


@kind(Says("file.not-a-path", "secret.geojson", shows="/vsicurl/"))
def study_names_a_virtual_path(folder: Path) -> None:
    edit_study(folder, "counties.geojson", "/vsicurl/http://127.0.0.1:9/secret.geojson")


@kind(Says("file.not-a-path", "roads.osm", shows="127.0.0.1"))
def study_names_an_address(folder: Path) -> None:
    edit_study(folder, "roads.osm", "http://127.0.0.1:9/roads.osm")


@kind(Says("file.missing", "nowhere.csv"))
def study_names_a_missing_file(folder: Path) -> None:
    edit_study(folder, "facilities.csv", "nowhere.csv")


@kind(Says("file.missing", "长长", shows="长长"))
def study_names_a_path_that_no_disk_holds(folder: Path) -> None:
    edit_study(folder, "facilities.csv", "长" * 190 + ".csv")


@kind(CALIBRATED)
def study_names_a_file_one_folder_up(folder: Path) -> None:
    """No fault: a study may share files with its neighbours."""
    (folder.parent / "shared").mkdir()
    (folder / "counties.geojson").rename(folder.parent / "shared" / "counties.geojson")
    edit_study(folder, "counties.geojson", "../shared/counties.geojson")


@kind(Says("study.crs", "study.toml", column="crs", shows="EPSG:999999"))
def study_crs_unknown(folder: Path) -> None:
    edit_study(folder, "plans", 'crs = "EPSG:999999"\nplans')


@kind(Says("study.crs-not-metric", "study.toml", column="crs", shows="EPSG:4326"))
def study_crs_in_degrees(folder: Path) -> None:
    edit_study(folder, "plans", 'crs = "EPSG:4326"\nplans')


@kind(Says("plan.unknown", shows="yulinn"))
def plan_unknown(folder: Path) -> None:
    edit_study(folder, '["yulin"]', '["yulinn"]')


@kind(Says("toml.syntax", "own.toml", shows="line 2"), Says("file.missing", "other.toml"))
def plan_broken(folder: Path) -> None:
    edit_study(folder, '["yulin"]', '["own.toml", "other.toml"]')
    (folder / "own.toml").write_text('id = "own"\n[[rule\n', encoding="utf-8")


@kind(
    Says("rule.one-bound", "own.toml", column='rule "R1", threshold'),
    Says("toml.missing-key", "own.toml", column="document"),
)
def plan_with_two_bounds(folder: Path) -> None:
    edit_study(folder, '["yulin"]', '["own.toml"]')
    (folder / "own.toml").write_text(
        'id = "own"\ntitle = {zh = "自定", en = "own"}\n[[rule]]\nid = "R1"\ntitle = {zh = "一", en = "one"}\n'
        'kind = "response-time"\nsection = "1"\nthreshold = {at_most = 5, less_than = 6}\n',
        encoding="utf-8",
    )


@kind(
    Says("choice.unknown", "study.toml", column="choices.C99"),
    Says("choice.unknown-reading", "study.toml", column="choices.C2", shows="hexagon"),
)
def choices_unknown(folder: Path) -> None:
    edit_study(folder, "[zones]", '[choices]\nC99 = "yes"\nC2 = "hexagon"\n\n[zones]')


@kind(
    Says("vector.json", "counties.geojson"),
    Says("facilities.kind", "facilities.csv", row=3, column="kind", shows="飞船站"),
    Says("roads.html", "roads.osm"),
    Says("raster.not-tiff", "people.tif"),
    Says("people.negative", "census.csv", row=2, column="residents"),
    Says("vector.json", "zones.geojson"),
    Says("plan.unknown", shows="nanning"),
    Says("choice.unknown", "study.toml", column="choices.C99"),
)
def every_layer_broken_at_once(folder: Path) -> None:
    (folder / "counties.geojson").write_text("{", encoding="utf-8")
    content = (folder / "facilities.csv").read_text(encoding="utf-8").replace("东县急救站,急救站", "东县急救站,飞船站")
    (folder / "facilities.csv").write_text(content, encoding="utf-8")
    (folder / "roads.osm").write_text("<html><body>503</body></html>", encoding="utf-8")
    (folder / "people.tif").write_text("503 Service Unavailable", encoding="utf-8")
    (folder / "census.csv").write_text("county,residents\n西县,-1\n", encoding="utf-8")
    (folder / "zones.geojson").write_text("[", encoding="utf-8")
    edit_study(folder, '["yulin"]', '["nanning"]')
    edit_study(folder, "[zones]", '[choices]\nC99 = "yes"\n\n[zones]')
