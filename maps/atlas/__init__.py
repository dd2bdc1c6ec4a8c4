"""Maps in print: the ground that every map stands on, its labels and legend, and the maps themselves."""
