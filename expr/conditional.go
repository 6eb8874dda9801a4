package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

var conditionalFunctions = []Function{
	{Name: "coalesce", Group: "Conditions", Doc: "The first of the values that is not NULL. Those behind it are not computed.", Example: "coalesce(NULL, 2, 3)", ExampleResult: "2",
		Overloads: []Overload{{Args: []types.Kind{sameType}, Variadic: true, Type: firstType}}},
	{Name: "nullif", Group: "Conditions", Doc: "NULL where the two values are equal, else the first.", Example: "nullif(3, 3)", ExampleResult: "NULL",
		Overloads: []Overload{{Args: []types.Kind{sameType, sameType}, Type: firstType, Prepare: prepareNullif}}},
	extreme("greatest", "The greatest of the values; NULLs do not count.", "greatest(1, 3, 2)", "3", 1),
	extreme("least", "The least of the values; NULLs do not count.", "least(2, 1, 3)", "1", -1),
}

// prepareNullif takes the first argument's values away where the two are equal.
func prepareNullif(c *Call) (Kernel, error) {
	t := c.args[0].Type()
	if !hasOrder(t) {
		return nil, c.noOrder(t)
	}
	words := relation{op: equal}.wordsOf(t)
	return func(in *Input) (arrow.Array, error) {
		same := make([]byte, bitBytes(in.N))
		words(in, same)
		x := in.args[0]
		if in.isConst(0) {
			x = repeat(in.Mem, x, in.N)
			defer x.Release()
		}
		equal, other := bitmap{buf: same}, in.present(1)
		return masked(in.Mem, x, func(i int) uint64 { return ^(equal.word(i) & other.word(i)) }), nil
	}, nil
}

// extreme is greatest (sign 1) or least (sign -1).
func extreme(name, doc, example, result string, sign int) Function {
	return Function{Name: name, Group: "Conditions", Doc: doc, Example: example, ExampleResult: result,
		Overloads: []Overload{{Args: []types.Kind{sameType}, Variadic: true, Type: firstType, Prepare: func(c *Call) (Kernel, error) {
			if !hasOrder(c.typ) {
				return nil, c.noOrder(c.typ)
			}
			return func(in *Input) (arrow.Array, error) { return in.extreme(sign) }, nil
		}}}}
}

// extreme lays the arguments end to end and takes, for each row, the place of the best.
func (in *Input) extreme(sign int) (arrow.Array, error) {
	all, err := array.Concatenate(in.args, in.Mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	compare := comparator(in.call.typ, all, all)
	rows := make([]int32, in.N)
	for i := range rows {
		best, from := -1, 0
		for k, a := range in.args {
			at := from + i&in.mask(k)
			from += a.Len()
			if all.IsNull(at) {
				continue
			}
			if best < 0 || compare(at, best)*sign > 0 {
				best = at
			}
		}
		rows[i] = int32(max(best, 0))
		if best < 0 { // all are NULL: any of them will do
			rows[i] = int32(i & in.mask(0))
		}
	}
	return Take(in.Mem, all, rows), nil
}
