package expr

import (
	crand "crypto/rand"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

// Codes of arguments that a function is not defined for.
const (
	badLogarithm   = "2201E"
	badPower       = "2201F"
	badWidthBucket = "2201G"
)

var numberFunctions = []Function{
	number("abs", "The number without its sign.", "abs(-3)", "3",
		absolute...),
	number("sign", "-1, 0 or 1.", "sign(-3.5)", "-1",
		decimalTo(noDecimals, func(x decimal128.Num, _ int) decimal128.Num { return decimal128.FromI64(int64(x.Sign())) }),
		floatTo(types.Float64, 8, func(x float64) float64 {
			if x > 0 || x < 0 {
				return math.Copysign(1, x)
			}
			return x
		})),
	number("ceil", "The least whole number that is not less.", "ceil(2.1)", "3",
		decimalTo(noDecimals, func(x decimal128.Num, scale int) decimal128.Num { return floorDecimal(x.Negate(), scale).Negate() }),
		floatTo(types.Float64, 8, math.Ceil)),
	number("floor", "The greatest whole number that is not greater.", "floor(-2.1)", "-3",
		decimalTo(noDecimals, floorDecimal), floatTo(types.Float64, 8, math.Floor)),
	number("round", "The nearest whole number, or with so many decimals. Of two that are as near a DECIMAL takes the one away from zero, a DOUBLE the even one.", "round(2.345, 2)", "2.35",
		decimalTo(noDecimals, shiftDown), floatTo(types.Float64, 8, math.RoundToEven), decimalDigits(shiftDown), floatDigits(math.RoundToEven)),
	number("trunc", "The number without its decimals, or those behind so many.", "trunc(-2.7)", "-2",
		decimalTo(noDecimals, truncateDown), floatTo(types.Float64, 8, math.Trunc), decimalDigits(truncateDown), floatDigits(math.Trunc)),
	number("div", "Quotient, truncated towards zero.", "div(-7.5, 2)", "-3", Overload{Args: []types.Kind{types.Decimal, types.Decimal}, Result: types.Decimal, Type: divWholeType, Strict: true, Fails: true, Prepare: prepareDiv}),
	number("gcd", "Greatest common divisor.", "gcd(12, 18)", "6", intPair(types.Int32, 4, gcd[int32]), intPair(types.Int64, 8, gcd[int64])),
	number("lcm", "Least common multiple.", "lcm(4, 6)", "12", intPair(types.Int32, 4, lcm[int32]), intPair(types.Int64, 8, lcm[int64])),
	number("power", "Power, as a DOUBLE.", "power(2, 10)", "1024", Overload{Args: []types.Kind{types.Float64, types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: powerKernel}),
	number("sqrt", "Square root, as a DOUBLE.", "sqrt(16)", "4", squareRoot),
	number("cbrt", "Cube root, as a DOUBLE.", "cbrt(-27)", "-3", floatTo(types.Float64, 8, math.Cbrt)),
	number("exp", "e to this power, as a DOUBLE.", "exp(0)", "1", Overload{Args: []types.Kind{types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: exponential}),
	number("ln", "Natural logarithm, as a DOUBLE.", "ln(1)", "0", logarithm(math.Log)),
	number("log", "Logarithm to base 10, or to the base that is the first of two arguments, as a DOUBLE.", "log(2, 8)", "3", logarithm(math.Log10), Overload{Args: []types.Kind{types.Float64, types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: logToBase}),
	number("log10", "Logarithm to base 10, as a DOUBLE.", "log10(1000)", "3", logarithm(math.Log10)),
	number("pi", "The number pi.", "pi()", "3.141592653589793", Overload{Result: types.Float64, Kernel: func(in *Input) (arrow.Array, error) {
		return fixed(in, 8, func(dst []float64) {
			for i := range dst {
				dst[i] = math.Pi
			}
		})
	}}),
	number("degrees", "Radians as degrees.", "degrees(pi())", "180", floatTo(types.Float64, 8, func(x float64) float64 { return x / (math.Pi / 180) })),
	number("radians", "Degrees as radians.", "radians(180)", "3.141592653589793", floatTo(types.Float64, 8, func(x float64) float64 { return x * (math.Pi / 180) })),
	number("sin", "Sine of radians.", "sin(0)", "0", trigonometric(math.Sin)),
	number("cos", "Cosine of radians.", "cos(0)", "1", trigonometric(math.Cos)),
	number("tan", "Tangent of radians.", "tan(0)", "0", trigonometric(math.Tan)),
	number("cot", "Cotangent of radians.", "round(cot(1), 4)", "0.6421", trigonometric(func(x float64) float64 { return 1 / math.Tan(x) })),
	number("asin", "Inverse sine, in radians.", "asin(0)", "0", floatIn(sqlerr.NumericOutOfRange, "input is out of range", withinOne, math.Asin)),
	number("acos", "Inverse cosine, in radians.", "acos(1)", "0", floatIn(sqlerr.NumericOutOfRange, "input is out of range", withinOne, math.Acos)),
	number("atan", "Inverse tangent, in radians.", "atan(0)", "0", floatTo(types.Float64, 8, math.Atan)),
	number("atan2", "Inverse tangent of y / x, in radians, in the right quadrant.", "atan2(0, 1)", "0", Overload{Args: []types.Kind{types.Float64, types.Float64}, Result: types.Float64, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		y, x := col[float64](in, 0), col[float64](in, 1)
		return fixed(in, 8, func(dst []float64) {
			for i := range dst {
				dst[i] = math.Atan2(y.at(i), x.at(i))
			}
		})
	}}),
	number("width_bucket", "The number of the bucket, from 1, that a value falls in, of so many of one width between two bounds; 0 and one more than there are for values outside.", "width_bucket(5.35, 0.024, 10.06, 5)", "3",
		Overload{Args: []types.Kind{types.Decimal, types.Decimal, types.Decimal, types.Int32}, Result: types.Int32, Strict: true, Fails: true, Prepare: prepareDecimalBucket},
		Overload{Args: []types.Kind{types.Float64, types.Float64, types.Float64, types.Int32}, Result: types.Int32, Strict: true, Fails: true, Kernel: floatBucket}, arrayBucket),
	number("random", "A number from 0 to below 1, another one for each row.", "random() < 1", "true", Overload{Result: types.Float64, Volatility: Each, Kernel: func(in *Input) (arrow.Array, error) {
		return fixed(in, 8, func(dst []float64) {
			for i := range dst {
				dst[i] = rand.Float64()
			}
		})
	}}),
	{Name: "gen_random_uuid", Group: "Identifiers", Doc: "A random UUID (version 4), another one for each row.", Example: "length(CAST(gen_random_uuid() AS TEXT))", ExampleResult: "36",
		Overloads: []Overload{{Result: types.UUID, Volatility: Each, Kernel: randomUUIDs}}},
}

var absolute = []Overload{
	absInt[int16](types.Int16, 2), absInt[int32](types.Int32, 4), absInt[int64](types.Int64, 8),
	decimalTo(firstType, func(x decimal128.Num, _ int) decimal128.Num { return x.Abs() }),
	floatTo[float32](types.Float32, 4, func(x float32) float32 { return float32(math.Abs(float64(x))) }),
	floatTo(types.Float64, 8, math.Abs),
}

var squareRoot = floatIn(badPower, "cannot take square root of a negative number", func(x float64) bool { return !(x < 0) }, math.Sqrt)

func number(name, doc, example, result string, overloads ...Overload) Function {
	return Function{Name: name, Group: "Numbers", Doc: doc, Example: example, ExampleResult: result, Overloads: overloads}
}

// floatTo is a function that every number has a value of.
func floatTo[T real](k types.Kind, width int, f func(T) T) Overload {
	return Overload{Args: []types.Kind{k}, Result: k, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[T](in, 0)
		return fixed(in, width, func(dst []T) {
			for i := range dst {
				dst[i] = f(x.at(i))
			}
		})
	}}
}

// floatIn is a function of the numbers that defined is true of.
func floatIn(code, why string, defined func(float64) bool, f func(float64) float64) Overload {
	return Overload{Args: []types.Kind{types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[float64](in, 0)
		return fixedRows(in, 8, func(i int) (float64, error) {
			if v := x.at(i); defined(v) {
				return f(v), nil
			}
			return 0, in.fault(i, code, why)
		})
	}}
}

func withinOne(x float64) bool { return !(x < -1 || x > 1) }

func trigonometric(f func(float64) float64) Overload {
	return floatIn(sqlerr.NumericOutOfRange, "input is out of range", func(x float64) bool { return !math.IsInf(x, 0) }, f)
}

// noLogarithm says why a number has none; empty where it has one.
func noLogarithm(x float64) string {
	switch {
	case x == 0:
		return "cannot take logarithm of zero"
	case x < 0:
		return "cannot take logarithm of a negative number"
	}
	return ""
}

func logarithm(f func(float64) float64) Overload {
	return Overload{Args: []types.Kind{types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[float64](in, 0)
		return fixedRows(in, 8, func(i int) (float64, error) {
			if why := noLogarithm(x.at(i)); why != "" {
				return 0, in.fault(i, badLogarithm, why)
			}
			return f(x.at(i)), nil
		})
	}}
}

func logToBase(in *Input) (arrow.Array, error) {
	b, x := col[float64](in, 0), col[float64](in, 1)
	return fixedRows(in, 8, func(i int) (float64, error) {
		for _, v := range [...]float64{b.at(i), x.at(i)} {
			if why := noLogarithm(v); why != "" {
				return 0, in.fault(i, badLogarithm, why)
			}
		}
		if b.at(i) == 1 {
			return 0, in.fault(i, sqlerr.DivisionByZero, "division by zero")
		}
		switch b.at(i) {
		case 2:
			return math.Log2(x.at(i)), nil
		case 10:
			return math.Log10(x.at(i)), nil
		}
		v := math.Log(x.at(i)) / math.Log(b.at(i))
		if n := math.RoundToEven(v); math.Pow(b.at(i), n) == x.at(i) { // the quotient may miss a whole number by a bit
			return n, nil
		}
		return v, nil
	})
}

func exponential(in *Input) (arrow.Array, error) {
	x := col[float64](in, 0)
	return fixedRows(in, 8, func(i int) (float64, error) {
		v := math.Exp(x.at(i))
		switch {
		case isInf(v) && !isInf(x.at(i)):
			return 0, in.fault(i, sqlerr.NumericOutOfRange, "value out of range: overflow")
		case v == 0 && !isInf(x.at(i)):
			return 0, in.fault(i, sqlerr.NumericOutOfRange, "value out of range: underflow")
		}
		return v, nil
	})
}

func absInt[T signed](k types.Kind, width int) Overload {
	return Overload{Args: []types.Kind{k}, Result: k, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := col[T](in, 0)
		return fixedRows(in, width, func(i int) (T, error) {
			v := x.at(i)
			if v >= 0 {
				return v, nil
			}
			if -v == v {
				return 0, in.outOfRange(i)
			}
			return -v, nil
		})
	}}
}

// intPair is a function of two whole numbers.
func intPair[T signed](k types.Kind, width int, f func(x, y T) (T, bool)) Overload {
	return Overload{Args: []types.Kind{k, k}, Result: k, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, y := col[T](in, 0), col[T](in, 1)
		return fixedRows(in, width, func(i int) (T, error) {
			v, ok := f(x.at(i), y.at(i))
			if !ok {
				return 0, in.outOfRange(i)
			}
			return v, nil
		})
	}}
}

func gcd[T signed](x, y T) (T, bool) {
	for y != 0 {
		x, y = y, x%y
	}
	if x < 0 {
		x = -x
	}
	return x, x >= 0
}

func lcm[T signed](x, y T) (T, bool) {
	if x == 0 || y == 0 {
		return 0, true
	}
	d, ok := gcd(x, y)
	if !ok || mulOverflows(x/d, y) {
		return 0, false
	}
	v := x / d * y
	if v < 0 {
		v = -v
	}
	return v, v >= 0
}

// noDecimals is the type of a Decimal's whole digits, with one more for rounding up.
func noDecimals(args []types.Type) types.Type {
	return types.DecimalOf(min(38, whole(args[0])+1), 0)
}

// decimalTo is a function of one Decimal; f gets its scale.
func decimalTo(result func([]types.Type) types.Type, f func(x decimal128.Num, scale int) decimal128.Num) Overload {
	return Overload{Args: []types.Kind{types.Decimal}, Result: types.Decimal, Type: result, Strict: true, Prepare: func(c *Call) (Kernel, error) {
		scale := c.args[0].Type().Scale
		return func(in *Input) (arrow.Array, error) {
			x := col[decimal128.Num](in, 0)
			return fixed(in, 16, func(dst []decimal128.Num) {
				for i := range dst {
					dst[i] = f(x.at(i), scale)
				}
			})
		}, nil
	}}
}

func floorDecimal(x decimal128.Num, scale int) decimal128.Num {
	t := truncateDown(x, scale)
	if x.Sign() < 0 {
		if up, ok := shiftUp(t, scale); ok && up != x {
			return t.Sub(decimal128.FromI64(1))
		}
	}
	return t
}

// decimalDigits is round(x, n) and trunc(x, n). The result has as many decimals as n says where that is a constant,
// else those of x.
func decimalDigits(cut func(decimal128.Num, int) decimal128.Num) Overload {
	return Overload{Args: []types.Kind{types.Decimal, types.Int32}, Result: types.Decimal, Type: firstType, Strict: true, Fails: true, Prepare: func(c *Call) (Kernel, error) {
		from := c.args[0].Type()
		to := from.Scale
		if n, ok := c.constant(1); ok {
			to = int(max(0, min(n.Value.(int64), int64(max(from.Scale, 37-whole(from))))))
		}
		c.refine(types.DecimalOf(min(38, whole(from)+1+to), to))
		to = c.typ.Scale
		return func(in *Input) (arrow.Array, error) {
			x, n := col[decimal128.Num](in, 0), col[int32](in, 1)
			return fixedRows(in, 16, func(i int) (decimal128.Num, error) {
				v, scale := x.at(i), from.Scale
				if digits := int(max(-38, min(38, n.at(i)))); digits < scale {
					v, scale = cut(v, scale-digits), digits
				}
				out, ok := rescale(v, scale, to)
				if !ok || !withinDigits(out, c.typ.Precision) {
					return out, in.outOfRange(i)
				}
				return out, nil
			})
		}, nil
	}}
}

// floatDigits is round(x, n) and trunc(x, n) of a DOUBLE, which PostgreSQL has only for its numeric.
func floatDigits(toWhole func(float64) float64) Overload {
	return Overload{Args: []types.Kind{types.Float64, types.Int32}, Result: types.Float64, Strict: true, Extension: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, n := col[float64](in, 0), col[int32](in, 1)
		return fixed(in, 8, func(dst []float64) {
			for i := range dst {
				dst[i] = toDigits(x.at(i), int(n.at(i)), toWhole)
			}
		})
	}}
}

// toDigits makes a whole number of x * 10^n and divides again.
func toDigits(x float64, n int, toWhole func(float64) float64) float64 {
	switch {
	case n > 300 || x == 0 || x-x != 0:
		return x
	case n < -308:
		return 0
	case n >= 0 && n <= 22:
		if up := x * math.Pow10(n); math.Abs(up) < 1<<52 {
			return toWhole(up) / math.Pow10(n)
		}
		return x // it has no decimals there
	case n < 0:
		return toWhole(x/math.Pow10(-n)) * math.Pow10(-n)
	}
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', n, 64), 64)
	if err != nil {
		return x
	}
	return v
}

// divWholeType holds the whole part of a quotient.
func divWholeType(ts []types.Type) types.Type {
	return types.DecimalOf(min(38, max(1, whole(ts[0])+ts[1].Scale)), 0)
}

func prepareDiv(c *Call) (Kernel, error) {
	x, y := c.args[0].Type(), c.args[1].Type()
	scale := max(x.Scale, y.Scale)
	quo := aligned(x, y, scale, func(a, b decimal128.Num) (decimal128.Num, bool) {
		q, ok := divDecimal(a.Sub(remDecimal(a, b)), b, 0)
		return q, ok
	})
	return decimalKernel(c.typ, func(a, b decimal128.Num) (decimal128.Num, badness) {
		if b.Sign() == 0 {
			return b, zeroDivide
		}
		return quo(a, b)
	}), nil
}

// bucketFault is what is wrong with the bounds and the count of width_bucket.
func (in *Input) bucketFault(i int, count int32, finite, differ bool) error {
	switch {
	case count <= 0:
		return in.fault(i, badWidthBucket, "count must be greater than zero")
	case !finite:
		return in.fault(i, badWidthBucket, "operand, lower bound, and upper bound cannot be NaN, and the bounds must be finite")
	case !differ:
		return in.fault(i, badWidthBucket, "lower bound cannot equal upper bound")
	}
	return nil
}

func floatBucket(in *Input) (arrow.Array, error) {
	x, lo, hi, n := col[float64](in, 0), col[float64](in, 1), col[float64](in, 2), col[int32](in, 3)
	return fixedRows(in, 4, func(i int) (int32, error) {
		v, low, high, count := x.at(i), lo.at(i), hi.at(i), n.at(i)
		finite := v == v && low-low == 0 && high-high == 0
		if err := in.bucketFault(i, count, finite, low != high); err != nil {
			return 0, err
		}
		if low > high { // counted from above
			v, low, high = -v, -low, -high
		}
		switch {
		case v < low:
			return 0, nil
		case v < high:
			return int32(min(int64(count), int64(float64(count)*((v-low)/(high-low)))+1)), nil
		case count == math.MaxInt32:
			return 0, in.outOfRange(i)
		}
		return count + 1, nil
	})
}

func prepareDecimalBucket(c *Call) (Kernel, error) {
	var up [3]int
	for k := range up {
		up[k] = c.args[k].Type().Scale
	}
	scale := max(up[0], up[1], up[2])
	return func(in *Input) (arrow.Array, error) {
		cols := [3]column[decimal128.Num]{col[decimal128.Num](in, 0), col[decimal128.Num](in, 1), col[decimal128.Num](in, 2)}
		n := col[int32](in, 3)
		return fixedRows(in, 4, func(i int) (int32, error) {
			var v [3]decimal128.Num
			for k := range v {
				var ok bool
				if v[k], ok = shiftUp(cols[k].at(i), scale-up[k]); !ok {
					return 0, in.outOfRange(i)
				}
			}
			x, low, high, count := v[0], v[1], v[2], n.at(i)
			if err := in.bucketFault(i, count, true, low != high); err != nil {
				return 0, err
			}
			if high.Less(low) {
				x, low, high = x.Negate(), low.Negate(), high.Negate()
			}
			switch {
			case x.Less(low):
				return 0, nil
			case x.Less(high):
				part, ok := mulDecimal(x.Sub(low), decimal128.FromI64(int64(count)), 0)
				if !ok {
					return 0, in.outOfRange(i)
				}
				width := high.Sub(low)
				bucket, ok := divDecimal(part.Sub(remDecimal(part, width)), width, 0)
				if !ok {
					return 0, in.outOfRange(i)
				}
				return int32(bucket.LowBits()) + 1, nil
			case count == math.MaxInt32:
				return 0, in.outOfRange(i)
			}
			return count + 1, nil
		})
	}, nil
}

// randomUUIDs has 122 random bits in each, from the system's generator.
func randomUUIDs(in *Input) (arrow.Array, error) {
	buf := newBuffer(in.Mem, 16*in.N)
	b := buf.Bytes()
	crand.Read(b) // it never fails
	for i := 0; i < len(b); i += 16 {
		b[i+6] = b[i+6]&0x0f | 0x40
		b[i+8] = b[i+8]&0x3f | 0x80
	}
	return newArray(in.call.typ.Arrow(), in.N, 0, nil, buf), nil
}
