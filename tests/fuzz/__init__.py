"""Random input and random histories: what is asked of the service, what Battle.net answers, what happens in what order."""
