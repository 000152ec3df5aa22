"""The channels between processes: progress to watchers, ended sign-ins to sockets; in memory or over Redis."""
