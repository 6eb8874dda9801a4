package expr

import (
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var arithmeticFunctions = []Function{
	{Name: "+", Group: "Arithmetic", Doc: "Sum. A DATE and an INT is a DATE; a point in time and an INTERVAL is one again.", Example: "2 + 3", ExampleResult: "5",
		Overloads: append([]Overload{numeric(addType, addKernels)}, timeAdditions...)},
	{Name: "-", Group: "Arithmetic", Doc: "Difference, or with one operand its opposite. Two points in time differ by an INTERVAL, two DATEs by a number of days.", Example: "2 - 3", ExampleResult: "-1",
		Overloads: append([]Overload{numeric(addType, subKernels),
			{Args: []types.Kind{sameNumber}, Type: firstType, Strict: true, Fails: true, Prepare: prepareNegate}}, slices.Concat(timeSubtractions, jsonRemovals)...)},
	{Name: "*", Group: "Arithmetic", Doc: "Product.", Example: "2 * 3", ExampleResult: "6",
		Overloads: append([]Overload{numeric(mulType, mulKernels)}, timeMultiplications...)},
	{Name: "/", Group: "Arithmetic", Doc: "Quotient; of whole numbers a whole number, truncated towards zero.", Example: "7 / 2", ExampleResult: "3",
		Overloads: append([]Overload{numeric(divType, divKernels)}, timeDivisions...)},
	{Name: "%", Group: "Arithmetic", Doc: "Remainder, with the sign of the dividend.", Example: "-7 % 3", ExampleResult: "-1",
		Overloads: []Overload{numeric(modType, modKernels)}},
	{Name: "mod", Group: "Numbers", Doc: "Remainder, with the sign of the dividend.", Example: "mod(7, 3)", ExampleResult: "1",
		Overloads: []Overload{numeric(modType, modKernels)}},
	{Name: "^", Group: "Arithmetic", Doc: "Power, as a DOUBLE.", Example: "2 ^ 10", ExampleResult: "1024",
		Overloads: []Overload{{Args: []types.Kind{types.Float64, types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: powerKernel}}},
}

// numberKernels is one operator for each kind of number; nil where PostgreSQL has none, as % for DOUBLE.
type numberKernels struct {
	i16, i32, i64, f32, f64 Kernel
	decimal                 func(x, y, result types.Type) Kernel
}

func numeric(result func([]types.Type) types.Type, k numberKernels) Overload {
	return Overload{Args: []types.Kind{sameNumber, sameNumber}, Type: result, Strict: true, Fails: true, Prepare: k.prepare}
}

func (k numberKernels) prepare(c *Call) (Kernel, error) {
	x, y := c.args[0].Type(), c.args[1].Type()
	switch x.Kind {
	case types.Int16:
		return k.i16, nil
	case types.Int32:
		return k.i32, nil
	case types.Int64:
		return k.i64, nil
	case types.Decimal:
		return k.decimal(x, y, c.typ), nil
	case types.Float32:
		if k.f32 != nil {
			return k.f32, nil
		}
	case types.Float64:
		if k.f64 != nil {
			return k.f64, nil
		}
	}
	return nil, c.undefined("Cast the operands to DECIMAL.")
}

// Result types. Of Decimals they have the scale that PostgreSQL's numeric has, as far as 38 digits go.

func firstType(ts []types.Type) types.Type { return ts[0] }

func whole(t types.Type) int { return t.Precision - t.Scale }

func addType(ts []types.Type) types.Type {
	a, b := ts[0], ts[1]
	if a.Kind != types.Decimal {
		return a
	}
	scale := max(a.Scale, b.Scale)
	return types.DecimalOf(min(38, max(whole(a), whole(b))+1+scale), scale)
}

// mulType gives up decimals beyond 16 and those of the operands where types of so many whole digits need the room. That
// many digits are seldom there (a sum has them by its type alone); where they are, it is an error and no wrong value.
func mulType(ts []types.Type) types.Type {
	a, b := ts[0], ts[1]
	if a.Kind != types.Decimal {
		return a
	}
	digits, scale := whole(a)+whole(b), a.Scale+b.Scale
	if digits+scale > 38 {
		scale = max(38-digits, a.Scale, b.Scale, min(scale, 16))
	}
	return types.DecimalOf(min(38, digits+scale), scale)
}

// divType has 16 decimals, or those of an operand with more. (PostgreSQL decides it for each value by its size.)
func divType(ts []types.Type) types.Type {
	a, b := ts[0], ts[1]
	if a.Kind != types.Decimal {
		return a
	}
	digits, scale := whole(a)+b.Scale, max(16, a.Scale, b.Scale)
	return types.DecimalOf(min(38, digits+scale), scale)
}

func modType(ts []types.Type) types.Type {
	a, b := ts[0], ts[1]
	if a.Kind != types.Decimal {
		return a
	}
	return widerDecimal(a, b)
}

// signed are the whole numbers.
type signed interface{ int16 | int32 | int64 }

// intOp is an operator on whole numbers. Its loops write every slot, those of NULLs too, and say whether any of them
// overflowed or divided by zero; one does a single pair, and says which.
type intOp[T signed] struct {
	arrays   func(dst, a, b []T) (bad bool)
	constant func(dst, a []T, c T) (bad bool)
	one      func(x, y T) (T, badness)
}

type badness uint8

const (
	good badness = iota
	overflow
	zeroDivide
	underflow
)

// kernel runs the loops, and when one of them finds something bad looks for a row with a value that it is true of.
func (op intOp[T]) kernel(width int) Kernel {
	return func(in *Input) (arrow.Array, error) {
		a, b := col[T](in, 0), col[T](in, 1)
		buf, dst := newPods[T](in.Mem, in.N, width)
		bad := false
		switch {
		case a.mask != 0 && b.mask != 0:
			bad = op.arrays(dst, a.v, b.v)
		case a.mask != 0:
			bad = op.constant(dst, a.v, b.v[0])
		default:
			for i := range dst {
				v, why := op.one(a.at(i), b.at(i))
				dst[i] = v
				bad = bad || why != good
			}
		}
		nulls, nullN := in.nulls()
		if bad {
			if err := firstBad(in, nulls, func(i int) badness { _, why := op.one(a.at(i), b.at(i)); return why }); err != nil {
				buf.Release()
				release(nulls)
				return nil, err
			}
		}
		return newArray(in.call.typ.Arrow(), in.N, nullN, nulls, buf), nil
	}
}

// firstBad is the error of the first row that has all its arguments and is bad.
func firstBad(in *Input, nulls *memory.Buffer, check func(i int) badness) error {
	valid := validOf(nulls)
	for i := range in.N {
		if !valid.get(i) {
			continue
		}
		switch check(i) {
		case overflow:
			return in.outOfRange(i)
		case zeroDivide:
			return in.fault(i, sqlerr.DivisionByZero, "division by zero")
		case underflow:
			return in.fault(i, sqlerr.NumericOutOfRange, "value out of range: underflow")
		}
	}
	return nil
}

// outOfRange is the error of a result that its type does not hold.
func (in *Input) outOfRange(row int) error {
	return in.fault(row, sqlerr.NumericOutOfRange, in.call.typ.String()+" out of range")
}

func addOp[T signed]() intOp[T] {
	return intOp[T]{
		arrays: func(dst, a, b []T) bool {
			b, dst = b[:len(a)], dst[:len(a)]
			var wrong T
			for i, x := range a {
				y := b[i]
				sum := x + y
				wrong |= (x ^ sum) & (y ^ sum) // negative where both signs differ from the sum's
				dst[i] = sum
			}
			return wrong < 0
		},
		constant: func(dst, a []T, c T) bool {
			dst = dst[:len(a)]
			var wrong T
			for i, x := range a {
				sum := x + c
				wrong |= (x ^ sum) & (c ^ sum)
				dst[i] = sum
			}
			return wrong < 0
		},
		one: func(x, y T) (T, badness) {
			sum := x + y
			return sum, badIf((x^sum)&(y^sum) < 0)
		},
	}
}

func subOp[T signed]() intOp[T] {
	return intOp[T]{
		arrays: func(dst, a, b []T) bool {
			b, dst = b[:len(a)], dst[:len(a)]
			var wrong T
			for i, x := range a {
				y := b[i]
				diff := x - y
				wrong |= (x ^ y) & (x ^ diff)
				dst[i] = diff
			}
			return wrong < 0
		},
		constant: func(dst, a []T, c T) bool {
			dst = dst[:len(a)]
			var wrong T
			for i, x := range a {
				diff := x - c
				wrong |= (x ^ c) & (x ^ diff)
				dst[i] = diff
			}
			return wrong < 0
		},
		one: func(x, y T) (T, badness) {
			diff := x - y
			return diff, badIf((x^y)&(x^diff) < 0)
		},
	}
}

// mulOverflows reports whether x * y leaves its type: whether the high half of the product is not the sign of the low.
func mulOverflows[T signed](x, y T) bool {
	hi, lo := bits.Mul64(uint64(int64(x)), uint64(int64(y)))
	high := int64(hi) - (int64(x)>>63)&int64(y) - (int64(y)>>63)&int64(x)
	return high != int64(lo)>>63 || int64(T(lo)) != int64(lo)
}

func mulOp[T signed]() intOp[T] {
	return intOp[T]{
		arrays: func(dst, a, b []T) bool {
			b, dst = b[:len(a)], dst[:len(a)]
			bad := false
			for i, x := range a {
				bad = mulOverflows(x, b[i]) || bad
				dst[i] = x * b[i]
			}
			return bad
		},
		constant: func(dst, a []T, c T) bool {
			dst = dst[:len(a)]
			bad := false
			for i, x := range a {
				bad = mulOverflows(x, c) || bad
				dst[i] = x * c
			}
			return bad
		},
		one: func(x, y T) (T, badness) { return x * y, badIf(mulOverflows(x, y)) },
	}
}

// divOp and modOp share their loops: the time goes into the division.
func divOp[T signed](one func(x, y T) (T, badness)) intOp[T] {
	return intOp[T]{
		arrays: func(dst, a, b []T) bool {
			b, dst = b[:len(a)], dst[:len(a)]
			bad := false
			for i, x := range a {
				v, why := one(x, b[i])
				dst[i] = v
				bad = bad || why != good
			}
			return bad
		},
		constant: func(dst, a []T, c T) bool {
			dst = dst[:len(a)]
			bad := false
			for i, x := range a {
				v, why := one(x, c)
				dst[i] = v
				bad = bad || why != good
			}
			return bad
		},
		one: one,
	}
}

func quotient[T signed](x, y T) (T, badness) {
	if y == 0 {
		return 0, zeroDivide
	}
	q := x / y
	return q, badIf(y == -1 && x != 0 && q == x) // the lowest number has no opposite
}

func remainder[T signed](x, y T) (T, badness) {
	if y == 0 {
		return 0, zeroDivide
	}
	return x % y, good
}

func badIf(b bool) badness {
	if b {
		return overflow
	}
	return good
}

// real are the numbers with a floating point.
type real interface{ float32 | float64 }

// floatKernel is an operator on floating point. check says what is wrong with a result; it is asked only where the
// result is not an ordinary number.
func floatKernel[T real](width int, op func(x, y T) T, check func(x, y, result T) badness) Kernel {
	return func(in *Input) (arrow.Array, error) {
		a, b := col[T](in, 0), col[T](in, 1)
		buf, dst := newPods[T](in.Mem, in.N, width)
		bad := false
		for i := range dst {
			x, y := a.at(i), b.at(i)
			v := op(x, y)
			bad = bad || (v-v != 0 || v == 0) && check(x, y, v) != good
			dst[i] = v
		}
		nulls, nullN := in.nulls()
		if bad {
			if err := firstBad(in, nulls, func(i int) badness { return check(a.at(i), b.at(i), dst[i]) }); err != nil {
				buf.Release()
				release(nulls)
				return nil, err
			}
		}
		return newArray(in.call.typ.Arrow(), in.N, nullN, nulls, buf), nil
	}
}

func isInf[T real](x T) bool { return math.IsInf(float64(x), 0) }

// checkSum: a sum of numbers that is infinite.
func checkSum[T real](x, y, v T) badness { return badIf(isInf(v) && !isInf(x) && !isInf(y)) }

func checkProduct[T real](x, y, v T) badness {
	if v == 0 && x != 0 && y != 0 {
		return underflow
	}
	return checkSum(x, y, v)
}

func checkQuotient[T real](x, y, v T) badness {
	switch {
	case y == 0 && x == x:
		return zeroDivide
	case v == 0 && x != 0 && !isInf(y):
		return underflow
	}
	return badIf(isInf(v) && !isInf(x))
}

// decimalKernel is an operator on Decimals; one works on counts of their scales.
func decimalKernel(result types.Type, one func(x, y decimal128.Num) (decimal128.Num, badness)) Kernel {
	return func(in *Input) (arrow.Array, error) {
		a, b := col[decimal128.Num](in, 0), col[decimal128.Num](in, 1)
		return fixedRows(in, 16, func(i int) (decimal128.Num, error) {
			v, why := one(a.at(i), b.at(i))
			switch {
			case why == zeroDivide:
				return v, in.fault(i, sqlerr.DivisionByZero, "division by zero")
			case why != good || !withinDigits(v, result.Precision):
				return v, in.outOfRange(i)
			}
			return v, nil
		})
	}
}

// exactProducts is the product of Decimals whose digits all fit: nothing is rounded, and nothing overflows but what
// stands in the slots of NULLs.
func exactProducts(in *Input) (arrow.Array, error) {
	a, b := col[decimal128.Num](in, 0), col[decimal128.Num](in, 1)
	return fixed(in, 16, func(dst []decimal128.Num) {
		for i := range dst {
			x, y := a.at(i), b.at(i)
			if small(x) && small(y) {
				dst[i] = product(int64(x.LowBits()), int64(y.LowBits()))
			} else {
				dst[i] = x.Mul(y)
			}
		}
	})
}

// exactSum tells whether every sum and difference of x and y fits in r with all its digits.
func exactSum(x, y, r types.Type) bool {
	known := x.Precision > 0 && y.Precision > 0
	return known && r.Scale >= x.Scale && r.Scale >= y.Scale && r.Scale-min(x.Scale, y.Scale) < len(tens) &&
		max(x.Precision-x.Scale, y.Precision-y.Scale)+1+r.Scale <= min(r.Precision, 38)
}

// exactSums is x*timesX + y*timesY, where exactSum says that nothing overflows but what stands in the slots of NULLs. The
// factors bring the operands to one scale, and give y its sign.
func exactSums(timesX, timesY int64) Kernel {
	fx, fy := decimal128.FromI64(timesX), decimal128.FromI64(timesY)
	return func(in *Input) (arrow.Array, error) {
		a, b := col[decimal128.Num](in, 0), col[decimal128.Num](in, 1)
		return fixed(in, 16, func(dst []decimal128.Num) {
			for i := range dst {
				dst[i] = a.at(i).Mul(fx).Add(b.at(i).Mul(fy))
			}
		})
	}
}

var addKernels = numberKernels{
	i16: addOp[int16]().kernel(2), i32: addOp[int32]().kernel(4), i64: addOp[int64]().kernel(8),
	f32: floatKernel(4, func(x, y float32) float32 { return x + y }, checkSum[float32]),
	f64: floatKernel(8, func(x, y float64) float64 { return x + y }, checkSum[float64]),
	decimal: func(x, y, r types.Type) Kernel {
		if exactSum(x, y, r) {
			return exactSums(tens[r.Scale-x.Scale], tens[r.Scale-y.Scale])
		}
		return decimalKernel(r, aligned(x, y, r.Scale, addDecimal))
	},
}

var subKernels = numberKernels{
	i16: subOp[int16]().kernel(2), i32: subOp[int32]().kernel(4), i64: subOp[int64]().kernel(8),
	f32: floatKernel(4, func(x, y float32) float32 { return x - y }, checkSum[float32]),
	f64: floatKernel(8, func(x, y float64) float64 { return x - y }, checkSum[float64]),
	decimal: func(x, y, r types.Type) Kernel {
		if exactSum(x, y, r) {
			return exactSums(tens[r.Scale-x.Scale], -tens[r.Scale-y.Scale])
		}
		return decimalKernel(r, aligned(x, y, r.Scale, func(a, b decimal128.Num) (decimal128.Num, bool) { return addDecimal(a, b.Negate()) }))
	},
}

var mulKernels = numberKernels{
	i16: mulOp[int16]().kernel(2), i32: mulOp[int32]().kernel(4), i64: mulOp[int64]().kernel(8),
	f32: floatKernel(4, func(x, y float32) float32 { return x * y }, checkProduct[float32]),
	f64: floatKernel(8, func(x, y float64) float64 { return x * y }, checkProduct[float64]),
	decimal: func(x, y, r types.Type) Kernel {
		drop := x.Scale + y.Scale - r.Scale
		if drop == 0 && x.Precision+y.Precision <= r.Precision {
			return exactProducts
		}
		return decimalKernel(r, func(a, b decimal128.Num) (decimal128.Num, badness) {
			v, ok := mulDecimal(a, b, drop)
			return v, badIf(!ok)
		})
	},
}

var divKernels = numberKernels{
	i16: divOp(quotient[int16]).kernel(2), i32: divOp(quotient[int32]).kernel(4), i64: divOp(quotient[int64]).kernel(8),
	f32: floatKernel(4, func(x, y float32) float32 { return x / y }, checkQuotient[float32]),
	f64: floatKernel(8, func(x, y float64) float64 { return x / y }, checkQuotient[float64]),
	decimal: func(x, y, r types.Type) Kernel {
		shift := r.Scale - x.Scale + y.Scale
		return decimalKernel(r, func(a, b decimal128.Num) (decimal128.Num, badness) {
			if b.Sign() == 0 {
				return b, zeroDivide
			}
			v, ok := divDecimal(a, b, shift)
			return v, badIf(!ok)
		})
	},
}

var modKernels = numberKernels{
	i16: divOp(remainder[int16]).kernel(2), i32: divOp(remainder[int32]).kernel(4), i64: divOp(remainder[int64]).kernel(8),
	decimal: func(x, y, r types.Type) Kernel {
		rem := aligned(x, y, r.Scale, func(a, b decimal128.Num) (decimal128.Num, bool) { return remDecimal(a, b), true })
		return decimalKernel(r, func(a, b decimal128.Num) (decimal128.Num, badness) {
			if b.Sign() == 0 {
				return b, zeroDivide
			}
			return rem(a, b)
		})
	},
}

// aligned runs op on the operands brought to one scale.
func aligned(x, y types.Type, scale int, op func(a, b decimal128.Num) (decimal128.Num, bool)) func(a, b decimal128.Num) (decimal128.Num, badness) {
	upX, upY := scale-x.Scale, scale-y.Scale
	return func(a, b decimal128.Num) (decimal128.Num, badness) {
		a, okA := shiftUp(a, upX)
		b, okB := shiftUp(b, upY)
		if !okA || !okB {
			return a, overflow
		}
		v, ok := op(a, b)
		return v, badIf(!ok)
	}
}

func prepareNegate(c *Call) (Kernel, error) {
	switch c.typ.Kind {
	case types.Int16:
		return negateInt[int16](2), nil
	case types.Int32:
		return negateInt[int32](4), nil
	case types.Int64:
		return negateInt[int64](8), nil
	case types.Float32:
		return func(in *Input) (arrow.Array, error) { return negateFloat[float32](in, 4) }, nil
	case types.Float64:
		return func(in *Input) (arrow.Array, error) { return negateFloat[float64](in, 8) }, nil
	}
	return func(in *Input) (arrow.Array, error) {
		a := col[decimal128.Num](in, 0)
		return fixed(in, 16, func(dst []decimal128.Num) {
			for i := range dst {
				dst[i] = a.at(i).Negate()
			}
		})
	}, nil
}

func negateInt[T signed](width int) Kernel {
	return func(in *Input) (arrow.Array, error) {
		a := col[T](in, 0)
		return fixedRows(in, width, func(i int) (T, error) {
			x := a.at(i)
			if x != 0 && -x == x {
				return 0, in.outOfRange(i)
			}
			return -x, nil
		})
	}
}

func negateFloat[T real](in *Input, width int) (arrow.Array, error) {
	a := col[T](in, 0)
	return fixed(in, width, func(dst []T) {
		for i := range dst {
			dst[i] = -a.at(i)
		}
	})
}

// powerKernel is x ^ y with PostgreSQL's errors.
func powerKernel(in *Input) (arrow.Array, error) {
	a, b := col[float64](in, 0), col[float64](in, 1)
	return fixedRows(in, 8, func(i int) (float64, error) {
		x, y := a.at(i), b.at(i)
		v := math.Pow(x, y)
		switch {
		case x == 0 && y < 0:
			return 0, in.fault(i, badPower, "zero raised to a negative power is undefined")
		case x < 0 && y != math.Floor(y) && !math.IsNaN(y):
			return 0, in.fault(i, badPower, "a negative number raised to a non-integer power yields a complex result")
		case math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
			return 0, in.fault(i, sqlerr.NumericOutOfRange, "value out of range: overflow")
		case v == 0 && x != 0 && !math.IsInf(x, 0) && !math.IsInf(y, 0):
			return 0, in.fault(i, sqlerr.NumericOutOfRange, "value out of range: underflow")
		}
		return v, nil
	})
}
