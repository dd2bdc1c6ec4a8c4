"""``carereach site``: where the next stations should stand, proven as far as the time allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import Lang, Language, Study, explained, show, terminal
from .site_options import SiteOptions, taking

if TYPE_CHECKING:
    from ..scenarios.proposals.proposal import Proposal
    from ..scenarios.siting.clock import Step

FILES = {"scenario": "site.toml", "map": "site.html", "words": "site.md", "figure": "site_before_after"}
NO_ANSWER = 1

Out = Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for scenario, map, tables and words.")]
Figures = Annotated[bool, typer.Option("--figures", help="Also a map for print: before and after, minutes gained.")]


@explained
@taking(SiteOptions)
def site(options: SiteOptions, study: Study, lang: Language, out: Out, figures: Figures = False) -> None:
    """Proposes sites, proves how good they are, and says what is nearly as good.

    Two minutes of search (--time-limit) unless it is proven before; Ctrl-C takes the best so far, too.
    """
    from ..layers.study import find_study, open_study
    from ..maps.atlas.site_map import write_site_figure
    from ..scenarios.proposals.site import site as propose

    asked = options.question()
    with _progress(lang) as (step, progress):
        opened = open_study(find_study(study), step=step)
        proposal = propose(opened, asked, step=step, progress=progress)
        drawn = write_site_figure(proposal, out / FILES["figure"], lang.value) if figures else ()
    _report(proposal, study, out, lang, drawn)


def _report(proposal: Proposal, study: str, out: Path, lang: Lang, drawn: tuple[Path, ...]) -> None:
    """Writes the folder, then prints the paragraph and the table."""
    from rich.console import Console
    from rich.text import Text

    from ..files import write_text
    from ..maps.site.page import write_site_page
    from ..maps.site.tables import terminal_counties, terminal_curve, terminal_menu, write_tables
    from ..maps.site.words import paragraphs
    from ..scenarios.proposals.scenario_text import scenario_text
    from ..texts import text

    files: list[Path] = []
    if proposal.scenario is not None:
        comment = text("site.scenario-comment", lang.value, study=study, file=FILES["scenario"])
        path = out / FILES["scenario"]
        write_text(path, scenario_text(proposal.scenario, [comment, *paragraphs(proposal, lang.value)]))
        files.append(path)
    files.append(write_site_page(proposal, out / FILES["map"], lang.value))
    files += write_tables(proposal, out, lang.value)
    words = out / FILES["words"]
    write_text(words, "\n\n".join("\n".join(paragraphs(proposal, each)) for each in ("zh", "en")) + "\n")
    if proposal.layout.problems:
        show(proposal.layout.problems, lang)
    console = Console(width=100, highlight=False)
    for said in paragraphs(proposal, lang.value):
        console.print(Text(said))
    console.print(terminal_counties(proposal, lang.value))
    if proposal.answer.menu is not None and len(proposal.answer.menu.alternatives) > 1:
        console.print(terminal_menu(proposal, lang.value))
    if proposal.answer.curve is not None:
        console.print(terminal_curve(proposal, lang.value))
    for path in (*files, words, *drawn):
        typer.echo(text("cli.wrote", lang.value, path=str(path)))
    if not proposal.answer.siting.found:
        raise typer.Exit(NO_ANSWER)


@contextmanager
def _progress(lang: Lang) -> Iterator[tuple[Callable[[str], None], Callable[[Step], None]]]:
    """A line that says what is done, and how far the search is."""
    from ..maps.site.words import progress_text
    from ..texts import text

    with terminal().status(text("cli.starting", lang.value)) as status:
        yield (
            lambda step: status.update(text(f"step.{step}", lang.value)),
            lambda step: status.update(progress_text(step, lang.value)),
        )
