"""Where calls come in: HTTP, Socket.IO, worker, command line."""
