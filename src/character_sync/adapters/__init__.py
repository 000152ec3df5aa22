"""The outside world, translated: Battle.net, the database, the queue, the channel."""
