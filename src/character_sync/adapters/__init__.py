"""The outside world, translated: Battle.net, the database, the queue, the channels, webhooks, files."""
