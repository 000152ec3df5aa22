"""Where calls come in: HTTP, Socket.IO, the queue."""
