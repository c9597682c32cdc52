"""What the shop's processes take: processor time, memory, and connections."""

import psutil


def list_group(leader: int) -> list[psutil.Process]:
    """Return a process and its children, such as a web server and its workers."""
    process = psutil.Process(leader)
    return [process, *process.children(recursive=True)]


def measure_cpu(leader: int) -> float:
    """Return the seconds of processor time that a process and its children have used so far."""
    return sum(sum(process.cpu_times()[:2]) for process in list_group(leader))


def measure_memory(process: psutil.Process) -> int:
    """Return its megabytes. Where the system says so, memory that it shares counts by its part of it."""
    info = process.memory_full_info()
    return int(getattr(info, "pss", info.rss)) // 1_000_000


def count_connections(leader: int, *, port: int) -> int:
    """Return how many open TCP connections a process and its children have to a port."""
    return sum(
        row.status == psutil.CONN_ESTABLISHED and bool(row.raddr) and row.raddr.port == port
        for process in list_group(leader)
        for row in process.net_connections(kind="tcp")
    )
