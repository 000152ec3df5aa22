"""What the tests share: a whole service in this process, a player who signs in, a watcher."""
