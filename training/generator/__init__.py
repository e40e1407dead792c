"""Makes songs, as separate stems, to train and check the splitter with. `python -m training.generator --help`."""
