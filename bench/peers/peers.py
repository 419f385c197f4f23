"""peers.py - the Python peers, each on the file of build/generate binary.

Usage: peers.py scipy|sklearn|numpy|networkx FILE [forest]     only this job
       peers.py sweep EDGES.csv TRUTH.csv      the whole command: scipy and scikit-learn at 0, 0.1
                                               ... 1, as CSV: what `starlings sweep` does

Lines as in peer.h. Exit code 77: the package is not installed."""
import ctypes
import json
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit(77)

ROUNDS_MAX = 7
PATIENCE = 8.0
CHECK_AT = (0.1, 0.3, 0.5, 0.7, 0.9)
CUT_AT = 0.6


class Data:
    def __init__(self, path):
        with open(path, "rb") as file:
            magic, n, m, decimals = np.fromfile(file, np.uint64, 4)
            assert magic == 0x31676E696C726174
            self.n, self.m, self.decimals = int(n), int(m), int(decimals)
            self.a = np.fromfile(file, np.uint32, self.m).astype(np.int32)
            self.b = np.fromfile(file, np.uint32, self.m).astype(np.int32)
            self.weight = np.fromfile(file, np.float64, self.m)
            self.truth = np.fromfile(file, np.uint32, self.n).astype(np.int64)


class Peer:
    """Prints the lines of one peer."""

    def __init__(self, name, data):
        self.name = name
        self.data = data

    def line(self, **fields):
        size = {"records": self.data.n, "edges": self.data.m, "decimals": self.data.decimals}
        print(json.dumps({"peer": self.name, **size, **fields}), flush=True)

    def check(self, check, at, value):
        self.line(check=check, at=at, value=float(value))

    def job(self, job, what, run):
        """Run it several times (fewer if it takes long); gives back what the last run gave."""
        times = []
        cpu = []
        begin = time.perf_counter()
        before = memory_reset()
        peak = -1
        while not times or (len(times) < ROUNDS_MAX and time.perf_counter() - begin < PATIENCE):
            result = None
            start, start_cpu = time.perf_counter(), time.process_time()
            result = run()
            times.append((time.perf_counter() - start) * 1e3)
            cpu.append((time.process_time() - start_cpu) * 1e3)
            if len(times) == 1 and before >= 0:
                peak = round((memory_status("VmHWM:") - before) / 1024)
        times.sort()
        cpu.sort()
        self.line(job=job, what=what, threads=1, rounds=len(times),
                  ms=round(times[len(times) // 2], 3), least=round(times[0], 3),
                  cpu_ms=round(cpu[len(cpu) // 2], 3), peak_mb=peak)
        return result


def memory_status(name):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1])
    return -1


def memory_reset():
    """Set the peak of resident memory back to what is resident now; that, in kB."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        return memory_status("VmRSS:")
    except (OSError, AttributeError):
        return -1


# ---- scipy: spanning forest, components, fcluster -----------------------------

def scipy_labels(n, a, b, weight, threshold):
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    keep = weight >= threshold
    ones = np.ones(int(keep.sum()), np.int8)
    graph = coo_matrix((ones, (a[keep], b[keep])), shape=(n, n)).tocsr()
    return connected_components(graph, directed=False)


def scipy_forest(d):
    """The strongest of the edges that join the same two records (scipy would add them up), as
    distances above 0 (scipy takes 0 for no edge), and their minimum spanning forest."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import minimum_spanning_tree
    low, high = np.minimum(d.a, d.b), np.maximum(d.a, d.b)
    order = np.lexsort((-d.weight, high, low))
    low, high, distance = low[order], high[order], 1.5 - d.weight[order]
    keep = low != high
    keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    graph = coo_matrix((distance[keep], (low[keep], high[keep])), shape=(d.n, d.n)).tocsr()
    return minimum_spanning_tree(graph).tocoo()


def scipy_linkage(d, forest):
    """The matrix that fcluster wants: a union-find in Python over the sorted forest. What never
    joins does so at 2."""
    order = np.argsort(forest.data, kind="stable")
    rows, cols = forest.row[order].tolist(), forest.col[order].tolist()
    distances = (forest.data[order] - 0.5).tolist()
    parent, cluster, size = list(range(d.n)), list(range(d.n)), [1] * d.n
    z = np.empty((d.n - 1, 4))
    at = 0

    def find(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    def join(x, y, distance):
        nonlocal at
        x, y = find(x), find(y)
        if x == y:
            return
        if size[x] < size[y]:
            x, y = y, x
        parent[y] = x
        size[x] += size[y]
        z[at] = cluster[x], cluster[y], distance, size[x]
        cluster[x] = d.n + at
        at += 1

    for x, y, distance in zip(rows, cols, distances):
        join(x, y, distance)
    for x in range(1, d.n):
        join(0, x, 2.0)
    return z


def run_scipy(d, only):
    try:
        import scipy
        from scipy.cluster.hierarchy import fcluster
    except ImportError:
        sys.exit(77)
    peer = Peer("scipy " + scipy.__version__, d)
    forest = peer.job("forest", "dedupe, csr, minimum_spanning_tree", lambda: scipy_forest(d))
    peer.check("merges", 0.0, forest.nnz)
    if only:
        return
    z = peer.job("forest", "linkage matrix: that forest and a union-find in Python",
                 lambda: scipy_linkage(d, scipy_forest(d)))
    peer.job("partition", "filter, csr, connected_components",
             lambda: scipy_labels(d.n, d.a, d.b, d.weight, CUT_AT))
    for at in CHECK_AT + (CUT_AT,):
        peer.check("clusters", at, scipy_labels(d.n, d.a, d.b, d.weight, at)[0])
    cut = 1 - CUT_AT + 10.0 ** -d.decimals / 2  # distances are sums of roundings
    labels = peer.job("partition", "fcluster on the linkage matrix",
                      lambda: fcluster(z, cut, "distance"))
    peer.check("clusters", CUT_AT, labels.max())


# ---- metrics of one partition -------------------------------------------------

def run_sklearn(d, only):
    try:
        import sklearn
        from scipy.sparse import coo_matrix
    except ImportError:
        sys.exit(77)
    peer = Peer("scikit-learn " + sklearn.__version__, d)
    count, labels = scipy_labels(d.n, d.a, d.b, d.weight, CUT_AT)
    peer.check("clusters", CUT_AT, count)
    values = peer.job("metrics", "one threshold: P, R, F1, ARI, NMI, V; labels given",
                      lambda: sklearn_metrics(d.truth, labels))
    peer.check("pairwise_f1", CUT_AT, values[2])
    peer.check("ari", CUT_AT, values[3])


def sklearn_metrics(truth, labels):
    from sklearn.metrics import (adjusted_rand_score, homogeneity_completeness_v_measure,
                                 normalized_mutual_info_score)
    from sklearn.metrics.cluster import pair_confusion_matrix
    (_, fp), (fn, tp) = pair_confusion_matrix(truth, labels)
    precision = tp / (tp + fp) if tp + fp else 1.0
    recall = tp / (tp + fn) if tp + fn else 1.0
    f1 = 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 1.0
    v = homogeneity_completeness_v_measure(truth, labels)
    nmi = normalized_mutual_info_score(truth, labels)
    return precision, recall, f1, adjusted_rand_score(truth, labels), nmi, v[2]


def entropy(counts, n):
    return np.log(n) - (counts * np.log(counts)).sum() / n


def numpy_metrics(truth, labels, n):
    """By hand: the table of overlaps as sorted 64-bit keys; all that is made from it."""
    cells, counts = np.unique(truth << 32 | labels, return_counts=True)
    a, b = np.bincount(truth), np.bincount(labels)
    b = b[b > 0]
    pairs = [float((x * (x - 1) // 2).sum()) for x in (counts, a, b)]
    tp, in_a, in_b = pairs
    total = n * (n - 1) / 2
    chance = in_a * in_b / total
    h_a, h_b, h_ab = entropy(a, n), entropy(b, n), entropy(counts, n)
    mi = h_a + h_b - h_ab
    squares = counts.astype(np.float64) ** 2
    return {"precision": tp / in_b, "recall": tp / in_a, "f1": 2 * tp / (in_a + in_b),
            "ari": (tp - chance) / ((in_a + in_b) / 2 - chance), "nmi": 2 * mi / (h_a + h_b),
            "homogeneity": mi / h_a, "completeness": mi / h_b, "vi": 2 * h_ab - h_a - h_b,
            "bcubed_precision": (squares / b[cells & 0xFFFFFFFF]).sum() / n,
            "bcubed_recall": (squares / a[cells >> 32]).sum() / n}


def run_numpy(d, only):
    peer = Peer("numpy " + np.__version__, d)
    try:
        _, labels = scipy_labels(d.n, d.a, d.b, d.weight, CUT_AT)
    except ImportError:
        sys.exit(77)
    labels = labels.astype(np.int64)
    values = peer.job("metrics", "one threshold by hand, B-cubed and VI too; labels given",
                      lambda: numpy_metrics(d.truth, labels, d.n))
    peer.check("pairwise_f1", CUT_AT, values["f1"])
    peer.check("ari", CUT_AT, values["ari"])


# ---- networkx -----------------------------------------------------------------

def networkx_graph(d, threshold):
    import networkx as nx
    graph = nx.Graph()
    graph.add_nodes_from(range(d.n))
    keep = d.weight >= threshold
    order = np.argsort(d.weight[keep], kind="stable")  # of repeated edges the last one stays
    graph.add_weighted_edges_from(zip(d.a[keep][order].tolist(), d.b[keep][order].tolist(),
                                      d.weight[keep][order].tolist()))
    return graph


def run_networkx(d, only):
    try:
        import networkx as nx
    except ImportError:
        sys.exit(77)
    peer = Peer("networkx " + nx.__version__, d)
    forest = peer.job("forest", "Graph, maximum_spanning_edges",
                      lambda: list(nx.maximum_spanning_edges(networkx_graph(d, -1), data=False)))
    peer.check("merges", 0.0, len(forest))
    components = peer.job("partition", "filter, Graph, connected_components",
                          lambda: list(nx.connected_components(networkx_graph(d, CUT_AT))))
    peer.check("clusters", CUT_AT, len(components))
    for at in CHECK_AT:
        peer.check("clusters", at, nx.number_connected_components(networkx_graph(d, at)))


# ---- the whole command --------------------------------------------------------

def run_sweep(edges_path, truth_path):
    edges = np.loadtxt(edges_path, delimiter=",", skiprows=1)
    truth = np.loadtxt(truth_path, delimiter=",", skiprows=1, dtype=np.int64)
    truth = truth[np.argsort(truth[:, 0], kind="stable"), 1]
    a, b = edges[:, 0].astype(np.int32), edges[:, 1].astype(np.int32)
    print("threshold,clusters_b,pairwise_precision,pairwise_recall,pairwise_f1,ari,"
          "nmi_arithmetic,v_measure")
    for i in range(11):
        count, labels = scipy_labels(len(truth), a, b, edges[:, 2], i / 10)
        print(",".join(["%.6f" % (i / 10), str(count)] +
                       ["%.17g" % x for x in sklearn_metrics(truth, labels)]))


def main():
    runs = {"scipy": run_scipy, "sklearn": run_sklearn, "numpy": run_numpy,
            "networkx": run_networkx}
    if len(sys.argv) == 4 and sys.argv[1] == "sweep":
        run_sweep(sys.argv[2], sys.argv[3])
    elif len(sys.argv) > 2 and sys.argv[1] in runs:
        runs[sys.argv[1]](Data(sys.argv[2]), len(sys.argv) > 3)
    else:
        sys.exit(__doc__)


main()
