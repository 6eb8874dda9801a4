package expr

import (
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// Codes of array functions.
const (
	nullNotAllowed  = "22004"
	badSubscript    = "2202E"
	arraysOfTooMany = "54000"
)

func arrayFunction(name, doc, example, result string, overloads ...Overload) Function {
	return Function{Name: name, Group: "Arrays and maps", Doc: doc, Example: example, ExampleResult: result, Overloads: overloads}
}

func secondType(ts []types.Type) types.Type { return ts[1] }

func textArrayType([]types.Type) types.Type { return types.ArrayOf(types.Of(types.Text)) }

func intArrayType([]types.Type) types.Type { return types.ArrayOf(types.Of(types.Int32)) }

// ordered arrays are those whose elements compare.
func withOrder(o Overload) Overload {
	kernel := o.Kernel
	o.Kernel = nil
	o.Prepare = func(c *Call) (Kernel, error) {
		for _, a := range c.args {
			if t := a.Type(); !hasOrder(t) {
				return nil, c.noOrder(t)
			}
		}
		return kernel, nil
	}
	return o
}

var arrayFunctions = []Function{
	arrayFunction("array_append", "The array with a value behind it.", "array_append(ARRAY[1,2], 3)", "{1,2,3}",
		Overload{Args: []types.Kind{anyArray, anyElement}, Type: firstType, Kernel: arrayAppend}),
	arrayFunction("array_prepend", "The array with a value in front of it.", "array_prepend(0, ARRAY[1,2])", "{0,1,2}",
		Overload{Args: []types.Kind{anyElement, anyArray}, Type: secondType, Kernel: arrayPrepend}),
	arrayFunction("array_cat", "Two arrays, one behind the other; NULL counts as none.", "array_cat(ARRAY[1], ARRAY[2,3])", "{1,2,3}",
		Overload{Args: []types.Kind{anyArray, anyArray}, Type: firstType, Kernel: arrayCat}),
	arrayFunction("array_remove", "Without the elements that are equal to a value; NULL is equal to NULL.", "array_remove(ARRAY[1,2,1], 1)", "{2}",
		withOrder(Overload{Args: []types.Kind{anyArray, anyElement}, Type: firstType, Kernel: arrayRemove})),
	arrayFunction("array_replace", "With the elements that are equal to one value replaced by another.", "array_replace(ARRAY[1,2,1], 1, 5)", "{5,2,5}",
		withOrder(Overload{Args: []types.Kind{anyArray, anyElement, anyElement}, Type: firstType, Kernel: arrayReplace})),
	arrayFunction("array_position", "Where a value stands first in an array, from 1 or from a position on; NULL: nowhere.", "array_position(ARRAY['a','b','a'], 'a', 2)", "3",
		withOrder(Overload{Args: []types.Kind{anyArray, anyElement}, Result: types.Int32, Kernel: arrayPosition}),
		withOrder(Overload{Args: []types.Kind{anyArray, anyElement, types.Int32}, Result: types.Int32, Fails: true, Kernel: arrayPosition})),
	arrayFunction("array_positions", "All places at which a value stands in an array.", "array_positions(ARRAY['a','b','a'], 'a')", "{1,3}",
		withOrder(Overload{Args: []types.Kind{anyArray, anyElement}, Type: intArrayType, Kernel: arrayPositions})),
	arrayFunction("array_length", "How many elements an array has in a dimension; NULL for none.", "array_length(ARRAY[1,2,3], 1)", "3", arrayExtent(func(n int32) int32 { return n })),
	arrayFunction("array_upper", "The last position in a dimension; NULL for an empty array.", "array_upper(ARRAY[1,2,3], 1)", "3", arrayExtent(func(n int32) int32 { return n })),
	arrayFunction("array_lower", "The first position in a dimension, which is 1; NULL for an empty array.", "array_lower(ARRAY[1,2,3], 1)", "1", arrayExtent(func(int32) int32 { return 1 })),
	arrayFunction("array_ndims", "How many dimensions an array has; NULL for an empty one.", "array_ndims(ARRAY[[1],[2]])", "2",
		Overload{Args: []types.Kind{anyArray}, Result: types.Int32, Kernel: func(in *Input) (arrow.Array, error) {
			dims := dimensions(in)
			return nullableFixed(in, 4, func(i int) (int32, bool, error) { n := len(dims(i)); return int32(n), n > 0, nil })
		}}),
	arrayFunction("array_dims", "The dimensions of an array as text; NULL for an empty one.", "array_dims(ARRAY[[1,2],[3,4]])", "[1:2][1:2]",
		Overload{Args: []types.Kind{anyArray}, Result: types.Text, Kernel: func(in *Input) (arrow.Array, error) {
			dims := dimensions(in)
			return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
				d := dims(i)
				for _, n := range d {
					dst = append(strconv.AppendInt(append(dst, "[1:"...), int64(n), 10), ']')
				}
				return dst, len(d) > 0, nil
			})
		}}),
	arrayFunction("cardinality", "How many elements an array has in all dimensions, or entries a map.", "cardinality(string_to_array('a,b,c', ','))", "3",
		Overload{Args: []types.Kind{anyArray}, Result: types.Int32, Strict: true, Kernel: cardinality},
		Overload{Args: []types.Kind{types.Map}, Result: types.Int32, Strict: true, Kernel: cardinality, Extension: true}),
	arrayFunction("array_fill", "An array of one dimension with so many copies of a value.", "array_fill(7, ARRAY[3])", "{7,7,7}",
		Overload{Args: []types.Kind{anyElement, intArray}, Type: func(ts []types.Type) types.Type { return types.ArrayOf(ts[0]) }, Fails: true, Kernel: arrayFill}),
	arrayFunction("array_slice", "The elements from one position to another, as a[1:2].", "(ARRAY[1,2,3])[2:3]", "{2,3}",
		extension(Overload{Args: []types.Kind{anyArray, types.Int32, types.Int32}, Type: firstType, Kernel: arraySlice})),
	arrayFunction("trim_array", "Without the last n elements.", "trim_array(ARRAY[1,2,3], 2)", "{1}",
		Overload{Args: []types.Kind{anyArray, types.Int32}, Type: firstType, Fails: true, Kernel: trimArray}),
	arrayFunction("array_to_string", "The elements of an array as text with a separator between them; NULL elements are left out, or are what the third argument says.", "array_to_string(ARRAY[1,NULL,3], '-', '?')", "1-?-3",
		Overload{Args: []types.Kind{anyArray, types.Text}, Result: types.Text, Strict: true, Kernel: arrayToString},
		Overload{Args: []types.Kind{anyArray, types.Text, types.Text}, Result: types.Text, Kernel: arrayToString}),
	arrayFunction("string_to_array", "The parts of a text between separators, or its characters where the separator is NULL; of an empty text none. Parts that are equal to the third argument become NULL.", "string_to_array('a,b', ',')", "{a,b}",
		Overload{Args: []types.Kind{types.Text, types.Text}, Type: textArrayType, Kernel: stringToArray},
		Overload{Args: []types.Kind{types.Text, types.Text, types.Text}, Type: textArrayType, Kernel: stringToArray}),
	arrayFunction("@>", "Whether an array has every element of another; or a JSON value the members and elements of another.", "ARRAY[1,2,3] @> ARRAY[3,1]", "true",
		arrayContains(false), jsonContains(false)),
	arrayFunction("<@", "@> the other way round.", "ARRAY[1] <@ ARRAY[3,1]", "true", arrayContains(true), jsonContains(true)),
	arrayFunction("&&", "Whether two arrays have an element in common.", "ARRAY[1,2] && ARRAY[2,3]", "true",
		withOrder(Overload{Args: []types.Kind{anyArray, anyArray}, Result: types.Bool, Strict: true, Kernel: arraysOverlap})),
	arrayFunction("array_sort", "The elements in order, NULLs at the end.", "array_sort(ARRAY[3,1,2])", "{1,2,3}",
		extension(withOrder(Overload{Args: []types.Kind{anyArray}, Type: firstType, Kernel: arraySort}))),
	arrayFunction("array_distinct", "Each element once, where it stands first.", "array_distinct(ARRAY[3,1,3])", "{3,1}",
		extension(withOrder(Overload{Args: []types.Kind{anyArray}, Type: firstType, Kernel: arrayDistinct}))),
	arrayFunction("array_reverse", "The elements in the other direction.", "array_reverse(ARRAY[1,2,3])", "{3,2,1}",
		extension(Overload{Args: []types.Kind{anyArray}, Type: firstType, Kernel: arrayReverse})),
	arrayFunction("array_intersect", "The elements of the first array that the second one has too, each once.", "array_intersect(ARRAY[1,2,3], ARRAY[3,1])", "{1,3}",
		extension(withOrder(Overload{Args: []types.Kind{anyArray, anyArray}, Type: firstType, Strict: true, Kernel: arrayCommon(true)}))),
	arrayFunction("array_except", "The elements of the first array that the second one has not, each once.", "array_except(ARRAY[1,2,3], ARRAY[3,1])", "{2}",
		extension(withOrder(Overload{Args: []types.Kind{anyArray, anyArray}, Type: firstType, Strict: true, Kernel: arrayCommon(false)}))),
	arrayFunction("array_min", "The least element; NULL where there is none.", "array_min(ARRAY[3,1,2])", "1",
		extension(withOrder(Overload{Args: []types.Kind{anyArray}, Type: elemType, Kernel: arrayExtreme(-1)}))),
	arrayFunction("array_max", "The greatest element; NULL where there is none.", "array_max(ARRAY[3,1,2])", "3",
		extension(withOrder(Overload{Args: []types.Kind{anyArray}, Type: elemType, Kernel: arrayExtreme(1)}))),
}

func arrayAppend(in *Input) (arrow.Array, error) {
	l, mask := in.list(0), in.mask(1)
	return in.pickLists([]arrow.Array{l.elems, in.args[1]}, func(i int, p *picker) (bool, error) {
		if l.has.at(i) {
			from, to := l.span(i)
			p.addSpan(0, from, to)
		}
		p.add(1, i&mask)
		return true, nil
	})
}

func arrayPrepend(in *Input) (arrow.Array, error) {
	l, mask := in.list(1), in.mask(0)
	return in.pickLists([]arrow.Array{l.elems, in.args[0]}, func(i int, p *picker) (bool, error) {
		p.add(1, i&mask)
		if l.has.at(i) {
			from, to := l.span(i)
			p.addSpan(0, from, to)
		}
		return true, nil
	})
}

func arrayCat(in *Input) (arrow.Array, error) {
	lists := [2]listColumn{in.list(0), in.list(1)}
	return in.pickLists([]arrow.Array{lists[0].elems, lists[1].elems}, func(i int, p *picker) (bool, error) {
		some := false
		for k := range lists {
			if lists[k].has.at(i) {
				from, to := lists[k].span(i)
				p.addSpan(k, from, to)
				some = true
			}
		}
		return some, nil
	})
}

// elementFinder says whether element at of list 0 is equal to argument k of row i.
func (in *Input) elementFinder(l *listColumn, k int) func(i, at int) bool {
	same, mask := elementsEqual(in.call.elementType(0), l.elems, in.args[k]), in.mask(k)
	return func(i, at int) bool { return same(at, i&mask) }
}

func arrayRemove(in *Input) (arrow.Array, error) {
	l := in.list(0)
	is := in.elementFinder(&l, 1)
	return in.pickLists([]arrow.Array{l.elems}, func(i int, p *picker) (bool, error) {
		if !l.has.at(i) {
			return false, nil
		}
		for from, to := l.span(i); from < to; from++ {
			if !is(i, from) {
				p.add(0, from)
			}
		}
		return true, nil
	})
}

func arrayReplace(in *Input) (arrow.Array, error) {
	l, mask := in.list(0), in.mask(2)
	is := in.elementFinder(&l, 1)
	return in.pickLists([]arrow.Array{l.elems, in.args[2]}, func(i int, p *picker) (bool, error) {
		if !l.has.at(i) {
			return false, nil
		}
		for from, to := l.span(i); from < to; from++ {
			if is(i, from) {
				p.add(1, i&mask)
			} else {
				p.add(0, from)
			}
		}
		return true, nil
	})
}

func arrayPosition(in *Input) (arrow.Array, error) {
	l := in.list(0)
	is := in.elementFinder(&l, 1)
	var start column[int32]
	var hasStart boolColumn
	if len(in.args) > 2 {
		start, hasStart = col[int32](in, 2), in.present(2)
	}
	return nullableFixed(in, 4, func(i int) (int32, bool, error) {
		if !l.has.at(i) {
			return 0, false, nil
		}
		first, to := l.span(i)
		from := first
		if len(in.args) > 2 {
			if !hasStart.at(i) {
				return 0, false, in.fault(i, nullNotAllowed, "initial position must not be null")
			}
			from += max(0, int(start.at(i))-1)
		}
		for ; from < to; from++ {
			if is(i, from) {
				return int32(from - first + 1), true, nil
			}
		}
		return 0, false, nil
	})
}

func arrayPositions(in *Input) (arrow.Array, error) {
	l := in.list(0)
	is := in.elementFinder(&l, 1)
	b := array.NewInt32Builder(in.Mem)
	defer b.Release()
	offBuf, offs := newInts(in.Mem, in.N+1)
	offs[0] = 0
	var lost []int32
	for i := range in.N {
		if !l.has.at(i) {
			lost = append(lost, int32(i))
		} else {
			first, to := l.span(i)
			for at := first; at < to; at++ {
				if is(i, at) {
					b.Append(int32(at - first + 1))
				}
			}
		}
		offs[i+1] = int32(b.Len())
	}
	nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
	return newNested(in.call.typ.Arrow(), in.N, nullN, []arrow.Array{b.NewArray()}, nulls, offBuf), nil
}

// dimensions gives the lengths of the array in argument 0 by row: of itself, of its first element if that is an array,
// and so on; none for an empty array and for NULL.
func dimensions(in *Input) func(i int) []int32 {
	has, mask := in.present(0), in.mask(0)
	var levels [][]int32
	for a := in.args[0]; ; {
		l, ok := a.(*array.List)
		if !ok {
			break
		}
		levels = append(levels, offsets(l))
		a = l.ListValues()
	}
	var dims []int32
	return func(i int) []int32 {
		dims = dims[:0]
		if !has.at(i) {
			return dims
		}
		at := i & mask
		for _, offs := range levels {
			n := offs[at+1] - offs[at]
			if n == 0 {
				return dims[:0]
			}
			dims = append(dims, n)
			at = int(offs[at])
		}
		return dims
	}
}

func arrayExtent(of func(n int32) int32) Overload {
	return Overload{Args: []types.Kind{anyArray, types.Int32}, Result: types.Int32, Kernel: func(in *Input) (arrow.Array, error) {
		dims, dim, hasDim := dimensions(in), col[int32](in, 1), in.present(1)
		return nullableFixed(in, 4, func(i int) (int32, bool, error) {
			d := dims(i)
			if !hasDim.at(i) || dim.at(i) < 1 || int(dim.at(i)) > len(d) {
				return 0, false, nil
			}
			return of(d[dim.at(i)-1]), true, nil
		})
	}}
}

// cardinality counts the elements of arrays in arrays too.
func cardinality(in *Input) (arrow.Array, error) {
	if in.args[0].Len() == 0 {
		return fixed(in, 4, func([]int32) {})
	}
	offs, mask := offsets(in.args[0]), in.mask(0)
	if l, ok := in.args[0].(*array.List); ok {
		for inner, ok := l.ListValues().(*array.List); ok; inner, ok = inner.ListValues().(*array.List) {
			deeper, through := offsets(inner), make([]int32, len(offs))
			for i, at := range offs {
				through[i] = deeper[at]
			}
			offs = through
		}
	}
	return fixed(in, 4, func(dst []int32) {
		for i := range dst {
			dst[i] = offs[i&mask+1] - offs[i&mask]
		}
	})
}

func arrayFill(in *Input) (arrow.Array, error) {
	dims, mask := in.list(1), in.mask(0)
	sizes := pods[int32](dims.elems)
	return in.pickLists([]arrow.Array{in.args[0]}, func(i int, p *picker) (bool, error) {
		from, to := dims.span(i)
		switch {
		case !dims.has.at(i) || to-from == 1 && dims.elems.IsNull(from):
			return false, in.fault(i, nullNotAllowed, "dimension array or low bound array cannot be null")
		case to-from > 1:
			return false, in.fault(i, sqlerr.FeatureNotSupported, "array_fill makes arrays of one dimension")
		case to == from:
			return true, nil
		case sizes[from] < 0 || int(sizes[from]) > maxText/16:
			return false, in.fault(i, arraysOfTooMany, "array size exceeds the maximum allowed")
		}
		for range sizes[from] {
			p.add(0, i&mask)
		}
		return true, nil
	})
}

func arraySlice(in *Input) (arrow.Array, error) {
	l, low, high := in.list(0), col[int32](in, 1), col[int32](in, 2)
	hasLow, hasHigh := in.present(1), in.present(2)
	return in.pickLists([]arrow.Array{l.elems}, func(i int, p *picker) (bool, error) {
		if !l.has.at(i) || !hasLow.at(i) || !hasHigh.at(i) {
			return false, nil
		}
		from, to := l.span(i)
		first, last := max(1, int(low.at(i))), min(to-from, int(high.at(i)))
		p.addSpan(0, from+first-1, from+max(last, first-1))
		return true, nil
	})
}

func trimArray(in *Input) (arrow.Array, error) {
	l, n, hasN := in.list(0), col[int32](in, 1), in.present(1)
	return in.pickLists([]arrow.Array{l.elems}, func(i int, p *picker) (bool, error) {
		if !l.has.at(i) || !hasN.at(i) {
			return false, nil
		}
		from, to := l.span(i)
		if k := int(n.at(i)); k < 0 || k > to-from {
			return false, in.fault(i, badSubscript, "number of elements to trim must be between 0 and "+strconv.Itoa(to-from))
		}
		p.addSpan(0, from, to-int(n.at(i)))
		return true, nil
	})
}

func arrayContains(mirrored bool) Overload {
	return withOrder(Overload{Args: []types.Kind{anyArray, anyArray}, Result: types.Bool, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		whole, part := in.list(0), in.list(1)
		if mirrored {
			whole, part = part, whole
		}
		same := elementsEqual(in.call.elementType(0), whole.elems, part.elems)
		return in.boolRows(func(i int) (bool, error) {
			from, to := whole.span(i)
			for at, end := part.span(i); at < end; at++ {
				if part.elems.IsNull(at) || !slices.ContainsFunc(span(from, to), func(k int) bool { return same(k, at) }) {
					return false, nil
				}
			}
			return true, nil
		})
	}})
}

// span is the numbers from one to below another.
func span(from, to int) []int {
	out := make([]int, to-from)
	for i := range out {
		out[i] = from + i
	}
	return out
}

func arraysOverlap(in *Input) (arrow.Array, error) {
	a, b := in.list(0), in.list(1)
	same := elementsEqual(in.call.elementType(0), a.elems, b.elems)
	return in.boolRows(func(i int) (bool, error) {
		from, to := a.span(i)
		for ; from < to; from++ {
			if a.elems.IsNull(from) {
				continue
			}
			for at, end := b.span(i); at < end; at++ {
				if same(from, at) {
					return true, nil
				}
			}
		}
		return false, nil
	})
}

// reordered is a function that picks elements of one array; pick gets their places and gives those that stay, in order.
func reordered(pick func(places []int, order func(i, j int) int) []int) Kernel {
	return func(in *Input) (arrow.Array, error) {
		l := in.list(0)
		var order func(i, j int) int
		if t := in.call.elementType(0); hasOrder(t) {
			order = withNulls(l.elems, l.elems, comparator(t, l.elems, l.elems))
		}
		return in.pickLists([]arrow.Array{l.elems}, func(i int, p *picker) (bool, error) {
			if !l.has.at(i) {
				return false, nil
			}
			for _, at := range pick(span(l.span(i)), order) {
				p.add(0, at)
			}
			return true, nil
		})
	}
}

var (
	arraySort = reordered(func(places []int, order func(i, j int) int) []int {
		slices.SortStableFunc(places, order)
		return places
	})
	arrayReverse = reordered(func(places []int, _ func(i, j int) int) []int {
		slices.Reverse(places)
		return places
	})
	arrayDistinct = reordered(func(places []int, order func(i, j int) int) []int { return firstOfEach(places, order) })
)

// firstOfEach keeps, of places whose elements are equal, the first one.
func firstOfEach(places []int, order func(i, j int) int) []int {
	sorted := slices.Clone(places)
	slices.SortStableFunc(sorted, order)
	sorted = slices.CompactFunc(sorted, func(i, j int) bool { return order(i, j) == 0 })
	slices.Sort(sorted)
	return sorted
}

func arrayCommon(keep bool) Kernel {
	return func(in *Input) (arrow.Array, error) {
		a, b := in.list(0), in.list(1)
		t := in.call.elementType(0)
		same := elementsEqual(t, a.elems, b.elems)
		order := withNulls(a.elems, a.elems, comparator(t, a.elems, a.elems))
		return in.pickLists([]arrow.Array{a.elems}, func(i int, p *picker) (bool, error) {
			if !a.has.at(i) || !b.has.at(i) {
				return false, nil
			}
			from, to := b.span(i)
			for _, at := range firstOfEach(span(a.span(i)), order) {
				if slices.ContainsFunc(span(from, to), func(k int) bool { return same(at, k) }) == keep {
					p.add(0, at)
				}
			}
			return true, nil
		})
	}
}

// arrayExtreme is the element that all others are on one side of.
func arrayExtreme(side int) Kernel {
	return func(in *Input) (arrow.Array, error) {
		l := in.list(0)
		order := comparator(in.call.elementType(0), l.elems, l.elems)
		return takeOrNull(in, l.elems, func(i int) int {
			best := -1
			if !l.has.at(i) {
				return best
			}
			for at, to := l.span(i); at < to; at++ {
				if l.elems.IsValid(at) && (best < 0 || order(at, best)*side > 0) {
					best = at
				}
			}
			return best
		})
	}
}
