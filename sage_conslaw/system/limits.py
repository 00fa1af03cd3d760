r"""
The limits: what is refused, what is chosen by size, and why there

What would take all memory, or longer than anyone waits, is refused with a message that names
the limit. Other numbers here say up to which size one way is taken and from where on another;
answers do not depend on these. Numbers that correctness depends on stand beside the code that
needs them, and the checker of certificates, which stands apart, has its own.

EXAMPLES::

    sage: from sage_conslaw import NMF
    sage: from sage_conslaw.system import limits
    sage: limits.PARAMETERS
    1000000
    sage: NMF(1000, 1000, 1000)
    Traceback (most recent call last):
    ...
    ValueError: ... accepted are at most 1,000,000
"""
import sys

# --- what is given ---

#: Entries of a list that is short by its nature, as of widths; more are taken to be without end.
LISTED = 1000
#: Parameters of a network, and entries of its data: numbers for each are made at once.
PARAMETERS = 1_000_000
#: Entries of an array in a function that is traced: half a gigabyte of indices.
ARRAY_ENTRIES = 50_000_000
#: Exponents in a function that is traced: the degree of higher powers is out of reach.
EXPONENT = 1000
#: Numerator and denominator of the exponent of a metric: fields have a degree of about as much.
METRIC_EXPONENT = 100
#: Fields that are given, and entries of one; more are taken to be without end.
GIVEN_FIELDS = 100_000
GIVEN_ENTRIES = 32_000
#: The degree of fields: their monomials are kept factor by factor.
FIELD_DEGREE = 10_000
#: Terms of products and powers of symbolic entries, a gigabyte of Python's objects.
SYMBOLIC_TERMS = 1_000_000
#: Entries of a list of points at which a law is evaluated; it may be without end.
POINT_ENTRIES = 1_000_000
#: Floats next to a fraction with a denominator up to this, and not equal to it, are warned of.
NAMED_DENOMINATOR = 1000
#: Points that are tried, and at a time, until all roots of a sample exist: 2^16 suffice for 14.
ROOT_CANDIDATES = 2**18
ROOT_BATCH = 2**12
#: States that are tried until the roots of parameters alone exist modulo the prime.
ROOTLESS_POINTS = 2**12
#: Trials of networks with roots, for which the chance that one fails is not bounded.
UNBOUNDED_TRIALS = 2
#: Monomials of an ansatz whose laws are found from values at points, and how many derivatives of
#: them are computed at a time.
SAMPLED_MONOMIALS = 4000
SAMPLED_ENTRIES = 2**21
#: Linear monomials, and Gram entries, among which laws of large networks are sought.
STRUCTURED_ENTRIES = 20_000
#: Patterns of gates that a count takes, where they are 0 or 1.
PATTERNS = 16
#: A float that stands for its shortest decimal is a short one up to this denominator.
SHORT_DECIMAL = 10**12

# --- the gates of networks ---

#: Gates among which patterns that are not seen are looked for; of more it takes too long.
PATTERN_GATES = 200
#: Gates among which those of three are looked for: 25,000 groups at 2,048 points in a second.
TRIPLE_GATES = 40
#: Gates that are compared in pairs.
COMPARED_GATES = 4000
#: Entries of the arrays of a program for which patterns that are not seen are named.
NAMED_ENTRIES = 10_000
#: Entries of an array, of all points together, that are computed at a time: eight megabytes.
BATCH_ENTRIES = 2**20

# --- expanded fields ---

#: Terms of the fields of a flow that are expanded, and their variables, of which Sage's
#: polynomial rings hold no more.
EXPANDED_TERMS = 2_000_000
EXPANDED_VARIABLES = 32_000
#: Terms of a bracket before terms with equal monomials are added: a gigabyte.
ALL_BRACKET_TERMS = 20_000_000
#: Values of fields at points that are computed at a time: some tens of megabytes.
BATCH_VALUES = 4_000_000

# --- counting ---

#: Variables of a problem. The basis of a trace takes up to `2 D^2` bytes, and twice as much
#: while it grows.
COUNTED_VARIABLES = 30_000
BASIS_BYTES = 4
#: Up to so many variables, terms of fields and terms of a bracket, brackets are expanded;
#: beyond, a trajectory is followed. It needs few orders for gradient flows, and can need many
#: for momentum in deep or narrow networks, and for fields of any kind.
BRACKET_VARIABLES = 120
BRACKET_VARIABLES_OF_GRADIENT_FLOWS = 40
BRACKET_FIELD_TERMS = 20_000
BRACKET_TERMS = 100_000
#: How often a random point is drawn again at which a denominator vanishes.
REDRAWN_POINTS = 50
#: Samples whose sum drives a trajectory: it fills the trace in few orders, and more change little.
SAMPLES = 64
#: Residues in a batch of directions, all orders together: 128 megabytes.
BATCH_RESIDUES = 16_000_000
#: Products of matrices with fewer multiplications are carried out entry by entry, which is
#: faster than splitting them into halves for BLAS.
FEW_MULTIPLICATIONS = 6000
#: Beyond so many variables matrices are large enough for several threads to share a product.
SINGLE_THREAD_VARIABLES = 6000

# --- the search for laws ---

#: Monomials of an ansatz, factors in all of them, and entries of its system before equal ones
#: are added; all are counted before anything is built.
ANSATZ_MONOMIALS = 5_000_000
ANSATZ_FACTORS = 100_000_000
ANSATZ_ENTRIES = 400_000_000
#: An entry takes about 100 bytes while a system is built: so many may be in a part that does
#: not split, and so many are built at a time if it does.
ENTRY_BYTES = 100
UNSPLIT_ENTRIES = 40_000_000
PART_ENTRIES = 4_000_000
#: Vectors of a kernel that are made shorter together; the time grows with the fourth power.
REDUCED_VECTORS = 60
#: While the degree rises by itself, no higher degree is tried, and beyond that of the laws
#: of networks, which is tried wherever it fits into memory, no ansatz with more monomials,
#: or more entries in its system: it would take minutes unasked.
ALWAYS_TRIED_DEGREE = 2
RISING_DEGREE = 12
RISING_MONOMIALS = 200_000
RISING_ENTRIES = 20_000_000
#: Laws in a table.
SHOWN_LAWS = 10

# --- certificates, when they are made ---

#: Fields of a flow with more terms, or brackets with more, are not expanded to find words: a
#: trajectory then is shorter to find and to check.
WORD_FIELD_TERMS = 60_000
FLOW_WORD_TERMS = 200_000
#: Terms of brackets that are expanded for fields that are given by their terms.
WORD_TERMS = 5_000_000
#: Points that are tried: one of them is generic, but for a chance of nothing.
TRACE_POINTS = 100

# --- the published notebooks ---

#: Generators of one Singular ring. Each takes memory for all, so all of them `2 n^2` bytes;
#: from `2^{15}` on Singular does not raise an error but ends the whole process.
SINGULAR_GENERATORS = 2**14
#: The `q` in `t = r^q`: a certificate has degrees up to this.
TIME_ROOT = 64
#: Numbers in the lists of exponents, and entries of a matrix; 8 bytes each.
EXPONENT_ENTRIES = 10**8
#: Rows of a matrix: with more, its columns would have to be fewer than the rows by far.
MATRIX_ROWS = 10**5
#: Entries of the matrix of the gradients of known functions.
KNOWN_ENTRIES = 10**7
#: The seconds that one cell of a notebook may take.
CELL_SECONDS = 300

# --- Maxima and workers ---

#: A loaded Maxima takes 27 to 37 megabytes; below this limit it could not even load.
SMALLEST_HEAP = 2**26
#: No process of a 64-bit machine addresses more; Lisp wants a small integer on others.
LARGEST_HEAP = min(2**47, sys.maxsize // 4)
#: Inputs of a parallel map. A task costs about a millisecond, so that as many would take a
#: quarter of an hour; an iterable without end would take all memory.
MAP_INPUTS = 1_000_000
#: After so many seconds in the session the tasks that are left go to workers: forking two
#: workers of a Sage session takes as long, so that this never takes twice as long as needed.
SECONDS_HERE = 0.06
#: A worker that has not begun to work after this many seconds counts as being at it.
START_SECONDS = 5
#: How often to look whether a worker has ended that left its pipe open to others.
LOOK_SECONDS = 1
#: What OpenBLAS takes at most for its buffers, for each library of it that is loaded. Where
#: the address space is limited to less, it does not fail but asks the system for ever.
BLAS_BUFFER_BYTES = 2**27 + 2**16
