package expr

import (
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

// bitPair is an operator on the bits of two whole numbers.
func bitPair[T signed](k types.Kind, width int, f func(x, y T) T) Overload {
	return Overload{Args: []types.Kind{k, k}, Result: k, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, y := col[T](in, 0), col[T](in, 1)
		return fixed(in, width, func(dst []T) {
			for i := range dst {
				dst[i] = f(x.at(i), y.at(i))
			}
		})
	}}
}

func bitPairs(i16 func(x, y int16) int16, i32 func(x, y int32) int32, i64 func(x, y int64) int64) []Overload {
	return []Overload{bitPair(types.Int16, 2, i16), bitPair(types.Int32, 4, i32), bitPair(types.Int64, 8, i64)}
}

func bitAnd[T signed](x, y T) T { return x & y }
func bitOr[T signed](x, y T) T  { return x | y }
func bitXor[T signed](x, y T) T { return x ^ y }

func bitNot[T signed](k types.Kind, width int) Overload {
	return Overload{Args: []types.Kind{k}, Result: k, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[T](in, 0)
		return fixed(in, width, func(dst []T) {
			for i := range dst {
				dst[i] = ^x.at(i)
			}
		})
	}}
}

// bitShift shifts by the low bits of the second argument, as the machines do that PostgreSQL leaves it to.
func bitShift[T signed](k types.Kind, width int, f func(x T, by int32) T) Overload {
	return Overload{Args: []types.Kind{k, types.Int32}, Result: k, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, by := col[T](in, 0), col[int32](in, 1)
		return fixed(in, width, func(dst []T) {
			for i := range dst {
				dst[i] = f(x.at(i), by.at(i))
			}
		})
	}}
}

var bitNots = []Overload{bitNot[int16](types.Int16, 2), bitNot[int32](types.Int32, 4), bitNot[int64](types.Int64, 8)}

// Angles in degrees. The functions are scaled so that they are exact at multiples of 30 and 45 degrees, as PostgreSQL's
// are.

// perDegree is a variable so that the compiler multiplies by it as a DOUBLE and not exactly.
var perDegree = math.Pi / 180

var (
	sin30      = math.Sin(30 * perDegree)
	without60  = 1 - math.Cos(60*perDegree)
	asinOfHalf = math.Asin(0.5)
	acosOfHalf = math.Acos(0.5)
	atanOfOne  = math.Atan(1)
	tan45      = sinQuarter(45) / cosQuarter(45)
)

func sinTo30(x float64) float64 { return math.Sin(x*perDegree) / sin30 / 2 }
func cosTo60(x float64) float64 { return 1 - (1-math.Cos(x*perDegree))/without60/2 }

func sinQuarter(x float64) float64 {
	if x <= 30 {
		return sinTo30(x)
	}
	return cosTo60(90 - x)
}

func cosQuarter(x float64) float64 {
	if x <= 60 {
		return cosTo60(x)
	}
	return sinTo30(90 - x)
}

// quarter takes degrees to the first quarter of the circle; sine and cosine say whether those of the angle are negative.
func quarter(x float64) (q float64, sine, cosine bool) {
	x = math.Mod(x, 360)
	if x < 0 {
		x, sine = -x, true
	}
	if x > 180 {
		x, sine = 360-x, !sine
	}
	if x > 90 {
		x, cosine = 180-x, true
	}
	return x, sine, cosine
}

func signed64(x float64, negative bool) float64 {
	if negative {
		return -x
	}
	return x
}

func sinDegrees(x float64) float64 { q, s, _ := quarter(x); return signed64(sinQuarter(q), s) }
func cosDegrees(x float64) float64 { q, _, c := quarter(x); return signed64(cosQuarter(q), c) }

func tanDegrees(x float64) float64 {
	q, s, c := quarter(x)
	return signed64(sinQuarter(q)/cosQuarter(q)/tan45, s != c) + 0
}

func cotDegrees(x float64) float64 {
	q, s, c := quarter(x)
	return signed64(cosQuarter(q)/sinQuarter(q)/(1/tan45), s != c) + 0
}

func asinQuarter(x float64) float64 {
	if x <= 0.5 {
		return math.Asin(x) / asinOfHalf * 30
	}
	return 90 - math.Acos(x)/acosOfHalf*60
}

func asinDegrees(x float64) float64 {
	if x >= 0 {
		return asinQuarter(x)
	}
	return -asinQuarter(-x)
}

func acosDegrees(x float64) float64 {
	switch {
	case x < 0:
		return 90 + asinQuarter(-x)
	case x <= 0.5:
		return 90 - math.Asin(x)/asinOfHalf*30
	}
	return math.Acos(x) / acosOfHalf * 60
}

func atanDegrees(x float64) float64 { return math.Atan(x) / atanOfOne * 45 }

// factorials are those that 38 digits hold.
var factorials = func() []decimal128.Num {
	var out []decimal128.Num
	for f, k := big.NewInt(1), int64(1); f.Cmp(bigTen(38)) < 0; k++ {
		out = append(out, decimal128.FromBigInt(f))
		f.Mul(f, big.NewInt(k))
	}
	return out
}()

func factorial(in *Input) (arrow.Array, error) {
	x := col[int64](in, 0)
	return fixedRows(in, 16, func(i int) (decimal128.Num, error) {
		switch n := x.at(i); {
		case n < 0:
			return decimal128.Num{}, in.fault(i, sqlerr.NumericOutOfRange, "factorial of a negative number is undefined")
		case n >= int64(len(factorials)):
			return decimal128.Num{}, in.outOfRange(i)
		default:
			return factorials[n], nil
		}
	})
}

// leastScale is how many decimals of n, which has scale of them, are not zeros at the end.
func leastScale(n decimal128.Num, scale int) int {
	for ; scale > 0; scale-- {
		less := truncateDown(n, 1)
		if back, _ := shiftUp(less, 1); back != n {
			return scale
		}
		n = less
	}
	return 0
}

// ofScale is an INT of a Decimal and its scale.
func ofScale(f func(n decimal128.Num, scale int) int) Overload {
	return Overload{Args: []types.Kind{types.Decimal}, Result: types.Int32, Strict: true, Prepare: func(c *Call) (Kernel, error) {
		scale := c.args[0].Type().Scale
		return func(in *Input) (arrow.Array, error) {
			x := col[decimal128.Num](in, 0)
			return fixed(in, 4, func(dst []int32) {
				for i := range dst {
					dst[i] = int32(f(x.at(i), scale))
				}
			})
		}, nil
	}}
}

// trimScale drops zeros at the end of a constant; a column has its decimals by its type.
var trimScale = Overload{Args: []types.Kind{types.Decimal}, Result: types.Decimal, Type: firstType, Strict: true, Prepare: func(c *Call) (Kernel, error) {
	from := c.args[0].Type()
	if l, ok := c.constant(0); ok {
		to := leastScale(l.Value.(decimal128.Num), from.Scale)
		c.refine(types.DecimalOf(max(1, from.Precision-from.Scale+to), to))
	}
	drop := from.Scale - c.typ.Scale
	return func(in *Input) (arrow.Array, error) {
		x := col[decimal128.Num](in, 0)
		return fixed(in, 16, func(dst []decimal128.Num) {
			for i := range dst {
				dst[i] = shiftDown(x.at(i), drop)
			}
		})
	}, nil
}}

// arrayBucket is how many of the thresholds, which are in order, are not above the operand.
var arrayBucket = withOrder(Overload{Args: []types.Kind{anyElement, anyArray}, Result: types.Int32, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
	l, mask := in.list(1), in.mask(0)
	compare := comparator(*in.call.args[1].Type().Elem, l.elems, in.args[0])
	return fixedRows(in, 4, func(i int) (int32, error) {
		from, to := l.span(i)
		low, high := from, to
		for low < high {
			mid := (low + high) / 2
			if l.elems.IsNull(mid) {
				return 0, in.fault(i, nullNotAllowed, "thresholds array must not contain NULLs")
			}
			if compare(mid, i&mask) <= 0 {
				low = mid + 1
			} else {
				high = mid
			}
		}
		return int32(low - from), nil
	})
}})

func isFiniteNumber(x float64) bool { return !math.IsInf(x, 0) }

var moreNumberFunctions = []Function{
	{Name: "&", Group: "Arithmetic", Doc: "The bits that both numbers have.", Example: "6 & 3", ExampleResult: "2", Overloads: bitPairs(bitAnd[int16], bitAnd[int32], bitAnd[int64])},
	{Name: "|", Group: "Arithmetic", Doc: "The bits that one of the numbers has.", Example: "6 | 3", ExampleResult: "7", Overloads: bitPairs(bitOr[int16], bitOr[int32], bitOr[int64])},
	{Name: "#", Group: "Arithmetic", Doc: "The bits that just one of the numbers has.", Example: "6 # 3", ExampleResult: "5", Overloads: bitPairs(bitXor[int16], bitXor[int32], bitXor[int64])},
	{Name: "<<", Group: "Arithmetic", Doc: "The bits moved to the left.", Example: "1 << 4", ExampleResult: "16", Overloads: []Overload{
		bitShift(types.Int16, 2, func(x int16, by int32) int16 { return int16(int32(x) << (uint32(by) & 31)) }),
		bitShift(types.Int32, 4, func(x, by int32) int32 { return x << (uint32(by) & 31) }),
		bitShift(types.Int64, 8, func(x int64, by int32) int64 { return x << (uint32(by) & 63) })}},
	{Name: ">>", Group: "Arithmetic", Doc: "The bits moved to the right, the sign staying.", Example: "-8 >> 1", ExampleResult: "-4", Overloads: []Overload{
		bitShift(types.Int16, 2, func(x int16, by int32) int16 { return int16(int32(x) >> (uint32(by) & 31)) }),
		bitShift(types.Int32, 4, func(x, by int32) int32 { return x >> (uint32(by) & 31) }),
		bitShift(types.Int64, 8, func(x int64, by int32) int64 { return x >> (uint32(by) & 63) })}},
	{Name: "@", Group: "Arithmetic", Doc: "The number without its sign.", Example: "@ -3", ExampleResult: "3", Overloads: absolute},
	{Name: "|/", Group: "Arithmetic", Doc: "Square root, as a DOUBLE.", Example: "|/ 16", ExampleResult: "4", Overloads: []Overload{squareRoot}},
	{Name: "||/", Group: "Arithmetic", Doc: "Cube root, as a DOUBLE.", Example: "||/ 27", ExampleResult: "3", Overloads: []Overload{floatTo(types.Float64, 8, math.Cbrt)}},
	number("sinh", "Hyperbolic sine.", "sinh(0)", "0", floatTo(types.Float64, 8, math.Sinh)),
	number("cosh", "Hyperbolic cosine.", "cosh(0)", "1", floatTo(types.Float64, 8, math.Cosh)),
	number("tanh", "Hyperbolic tangent.", "tanh(0)", "0", floatTo(types.Float64, 8, math.Tanh)),
	number("asinh", "Inverse hyperbolic sine.", "asinh(0)", "0", floatTo(types.Float64, 8, math.Asinh)),
	number("acosh", "Inverse hyperbolic cosine.", "acosh(1)", "0", floatIn(sqlerr.NumericOutOfRange, "input is out of range", func(x float64) bool { return !(x < 1) }, math.Acosh)),
	number("atanh", "Inverse hyperbolic tangent.", "atanh(0)", "0", floatIn(sqlerr.NumericOutOfRange, "input is out of range", withinOne, math.Atanh)),
	number("sind", "Sine of degrees.", "sind(30)", "0.5", floatIn(sqlerr.NumericOutOfRange, "input is out of range", isFiniteNumber, sinDegrees)),
	number("cosd", "Cosine of degrees.", "cosd(60)", "0.5", floatIn(sqlerr.NumericOutOfRange, "input is out of range", isFiniteNumber, cosDegrees)),
	number("tand", "Tangent of degrees.", "tand(45)", "1", floatIn(sqlerr.NumericOutOfRange, "input is out of range", isFiniteNumber, tanDegrees)),
	number("cotd", "Cotangent of degrees.", "cotd(45)", "1", floatIn(sqlerr.NumericOutOfRange, "input is out of range", isFiniteNumber, cotDegrees)),
	number("asind", "Inverse sine, in degrees.", "asind(0.5)", "30", floatIn(sqlerr.NumericOutOfRange, "input is out of range", withinOne, asinDegrees)),
	number("acosd", "Inverse cosine, in degrees.", "acosd(0.5)", "60", floatIn(sqlerr.NumericOutOfRange, "input is out of range", withinOne, acosDegrees)),
	number("atand", "Inverse tangent, in degrees.", "atand(1)", "45", floatTo(types.Float64, 8, atanDegrees)),
	number("atan2d", "Inverse tangent of y / x, in degrees, in the right quadrant.", "atan2d(1, 1)", "45", Overload{Args: []types.Kind{types.Float64, types.Float64}, Result: types.Float64, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		y, x := col[float64](in, 0), col[float64](in, 1)
		return fixed(in, 8, func(dst []float64) {
			for i := range dst {
				dst[i] = math.Atan2(y.at(i), x.at(i)) / atanOfOne * 45
			}
		})
	}}),
	number("factorial", "The product of the numbers from 1 to n.", "factorial(5)", "120",
		Overload{Args: []types.Kind{types.Int64}, Result: types.Decimal, Type: func([]types.Type) types.Type { return types.DecimalOf(38, 0) }, Strict: true, Fails: true, Kernel: factorial}),
	number("scale", "How many decimals a DECIMAL has.", "scale(8.410)", "3", ofScale(func(_ decimal128.Num, scale int) int { return scale })),
	number("min_scale", "How many decimals a DECIMAL has without zeros at the end.", "min_scale(8.410)", "2", ofScale(leastScale)),
	number("trim_scale", "A constant without zeros at the end of its decimals; a column keeps those of its type.", "trim_scale(8.410)", "8.41", trimScale),
}
