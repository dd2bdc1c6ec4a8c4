"""Layers for other programs: GeoPackage with styles for QGIS, GeoParquet, GeoTIFF."""
