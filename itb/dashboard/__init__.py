"""The worklist and the chart: reads over every room, never writes."""
