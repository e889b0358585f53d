"""The matrix products of a transformer layer, counted in symbols or in numbers.

A product of (rows x inner) with (inner x columns) takes rows * inner * columns multiplications, each followed
by an addition.  Sizes may be sympy symbols or whole numbers; counts are sympy expressions, exact in both
cases.
The layer is that of Vaswani et al. 2017 (arXiv 1706.03762), sections 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Integer, simplify, symbols, sympify

from attngen.cost.exact import formula

# Of the chapter: length, width, heads, key/value heads, new positions, rank.
n, d, h, g, m, k = symbols("n d h g m k", integer=True, positive=True)
SOFTMAX_STEPS = 6  # for each score: scale, compare, subtract, exponential, add up, divide


@dataclass(frozen=True)
class Product:
    """``times`` products of a (rows x inner) with an (inner x columns) matrix."""

    name: str
    times: Expr
    rows: Expr
    inner: Expr
    columns: Expr

    @property
    def multiply_adds(self) -> Expr:
        return self.times * self.rows * self.inner * self.columns

    @property
    def flops(self) -> Expr:
        """A multiplication and an addition are two floating-point operations."""
        return 2 * self.multiply_adds


def product(name: str, times, rows, inner, columns) -> Product:
    """A product from sizes in symbols or numbers.  Raises ValueError where a size is no whole "
    "number >= 0."""
    sizes = [sympify(size) for size in (times, rows, inner, columns)]
    for size in sizes:
        if size.is_integer is False or size.is_negative:
            raise ValueError(f"{name}: sizes of a product are whole numbers >= 0, not {size}")
    return Product(name, *sizes)


def split(whole, parts, what: str) -> Expr:
    """whole / parts.  Raises ValueError where both are numbers, and the one does not divide the other."""
    each = sympify(whole) / sympify(parts)
    if each.is_integer is False:
        raise ValueError(f"{what}: {parts} does not divide {whole}")
    return each


def attention(queries, keys, dim, heads) -> list[Product]:
    """Scaled dot-product attention: the scores, and the weighted sums.

    Each of the heads is dim / heads wide.
    Raises ValueError where heads is a number that does not divide dim.
    """
    width = split(dim, heads, "heads of equal width")
    return [
        product("Q K^T", heads, queries, width, keys),
        product("A V", heads, queries, keys, width),
    ]


def projections(queries, keys, dim, kv_dim=None) -> list[Product]:
    """The maps to queries, keys and values, and the one that joins the heads.

    kv_dim - width of all keys of a position together, dim unless heads share them
    """
    kv_dim = dim if kv_dim is None else kv_dim
    return [
        product("X W^Q", 1, queries, dim, dim),
        product("X W^K", 1, keys, dim, kv_dim),
        product("X W^V", 1, keys, dim, kv_dim),
        product("H W^O", 1, queries, dim, dim),
    ]


def self_attention(length, dim, heads, kv_heads=None, new=None) -> list[Product]:
    """All products of multi-head self-attention over ``length`` positions.

    kv_heads - heads that have keys and values (Ainslie et al. 2023); all of them unless said
    new      - positions that are computed; the keys and values of the others are in a cache.  All unless said
    Raises ValueError where heads does not divide dim, or kv_heads does not divide heads, or new is above length.
    """
    kv_heads, new = heads if kv_heads is None else kv_heads, length if new is None else new
    split(heads, kv_heads, "query heads that share a key head")
    if sympify(new - length).is_positive:
        raise ValueError(f"of {length} positions {new} cannot be new")
    kv_dim = split(dim, heads, "heads of equal width") * kv_heads
    return projections(new, new, dim, kv_dim) + attention(new, length, dim, heads)


def feed_forward(length, dim, multiple=4) -> list[Product]:
    """The two maps that each position goes through by itself."""
    inner = sympify(multiple) * sympify(dim)
    return [product("X W_1", 1, length, dim, inner), product("H W_2", 1, length, inner, dim)]


def linformer(length, dim, heads, rank) -> list[Product]:
    """Linformer's attention without its projections (Wang et al. 2020, arXiv 2006.04768, equation 7).

    Keys and values are first shortened from ``length`` to ``rank`` rows, by one matrix for all heads.
    """
    width = split(dim, heads, "heads of equal width")
    return [
        product("E K", heads, rank, length, width),
        product("F V", heads, rank, length, width),
        *attention(length, rank, dim, heads),
    ]


def multiply_adds(products: Sequence[Product]) -> Expr:
    """Multiplications (each with its addition) of all products together."""
    summed = sum((each.multiply_adds for each in products), Integer(0))
    return simplify(summed) if summed.free_symbols else summed


def flops(products: Sequence[Product]) -> Expr:
    """Floating-point operations of all products together."""
    return 2 * multiply_adds(products)


def softmax_operations(queries, keys, heads) -> Expr:
    """Operations of the scaled, safe softmax on heads x queries x keys scores, an exponential "
    "counted as one."""
    return SOFTMAX_STEPS * sympify(heads) * sympify(queries) * sympify(keys)


def derivation(products: Sequence[Product]) -> str:
    """The count as a table: each product with its shapes, what it comes to, and the sum."""
    shapes = [f"{p.times} x ({p.rows} x {p.inner})({p.inner} x {p.columns})" for p in products]
    width = max(map(len, shapes))
    lines = [
        f"{p.name:6s} {shape:{width}s} = {formula(simplify(p.multiply_adds))}"
        for p, shape in zip(products, shapes, strict=True)
    ]
    return "\n".join([*lines, f"{'sum':{width + 7}s} = {formula(multiply_adds(products))}"])
