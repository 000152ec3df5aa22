"""What the service costs and how fast it is: measured with real processes, written to docs/benchmarks.md."""
