"""The page of an assessment: what it holds as data, in both languages, and the file it becomes."""
