"""The post office: it sends what others wrote and decides nothing."""
