package expr

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

// floatFunction is a function of DOUBLEs; why says what is wrong with an argument.
func floatFunction(name, doc, example, result string, f func(x float64) (float64, string)) Function {
	return Function{Name: name, Group: "Numbers", Doc: doc, Example: example, ExampleResult: result,
		Overloads: []Overload{unary(types.Float64, types.Float64, 8, f)}}
}

func plainFloat(f func(float64) float64) func(float64) (float64, string) {
	return func(x float64) (float64, string) { return f(x), "" }
}

func logOf(f func(float64) float64) func(float64) (float64, string) {
	return func(x float64) (float64, string) {
		if x <= 0 {
			return 0, "cannot take the logarithm of zero or a negative number"
		}
		return f(x), ""
	}
}

var numberFunctions = []Function{
	{Name: "abs", Group: "Numbers", Doc: "The number without its sign.", Example: "abs(-3)", ExampleResult: "3",
		Overloads: []Overload{absInt[int16](types.Int16, 2), absInt[int32](types.Int32, 4), absInt[int64](types.Int64, 8),
			decimalTo(sameScale, func(x decimal128.Num, _, _ int) decimal128.Num { return x.Abs() }),
			unary(types.Float32, types.Float32, 4, func(x float32) (float32, string) { return float32(math.Abs(float64(x))), "" }),
			unary(types.Float64, types.Float64, 8, plainFloat(math.Abs))}},
	{Name: "sign", Group: "Numbers", Doc: "-1, 0 or 1.", Example: "sign(-3.5)", ExampleResult: "-1",
		Overloads: []Overload{
			decimalTo(noScale, func(x decimal128.Num, _, _ int) decimal128.Num { return decimal128.FromI64(int64(x.Sign())) }),
			unary(types.Float64, types.Float64, 8, func(x float64) (float64, string) {
				if x == 0 || x != x {
					return x, ""
				}
				return math.Copysign(1, x), ""
			})}},
	{Name: "ceil", Group: "Numbers", Doc: "The least whole number that is not less.", Example: "ceil(2.1)", ExampleResult: "3",
		Overloads: []Overload{decimalTo(noScale, func(x decimal128.Num, from, _ int) decimal128.Num { return floorDecimal(x.Negate(), from).Negate() }), unary(types.Float64, types.Float64, 8, plainFloat(math.Ceil))}},
	{Name: "floor", Group: "Numbers", Doc: "The greatest whole number that is not greater.", Example: "floor(-2.1)", ExampleResult: "-3",
		Overloads: []Overload{decimalTo(noScale, func(x decimal128.Num, from, _ int) decimal128.Num { return floorDecimal(x, from) }), unary(types.Float64, types.Float64, 8, plainFloat(math.Floor))}},
	{Name: "round", Group: "Numbers", Doc: "The nearest whole number, or with so many decimals. A DECIMAL in the middle goes away from zero, a DOUBLE to the even one.", Example: "round(2.345, 2)", ExampleResult: "2.35",
		Overloads: []Overload{decimalTo(noScale, func(x decimal128.Num, from, _ int) decimal128.Num { return shiftDown(x, from) }),
			unary(types.Float64, types.Float64, 8, plainFloat(math.RoundToEven)), decimalDigits(shiftDown)}},
	{Name: "trunc", Group: "Numbers", Doc: "The number cut off behind its whole digits, or so many decimals.", Example: "trunc(-2.7)", ExampleResult: "-2",
		Overloads: []Overload{decimalTo(noScale, func(x decimal128.Num, from, _ int) decimal128.Num { return truncateDown(x, from) }),
			unary(types.Float64, types.Float64, 8, plainFloat(math.Trunc)), decimalDigits(truncateDown)}},
	{Name: "power", Group: "Numbers", Doc: "Power, as a DOUBLE.", Example: "power(2, 10)", ExampleResult: "1024",
		Overloads: []Overload{{Args: []types.Kind{types.Float64, types.Float64}, Result: types.Float64, Strict: true, Fails: true, Kernel: powerKernel}}},
	floatFunction("sqrt", "Square root, as a DOUBLE.", "sqrt(16)", "4", func(x float64) (float64, string) {
		if x < 0 {
			return 0, "cannot take the square root of a negative number"
		}
		return math.Sqrt(x), ""
	}),
	floatFunction("cbrt", "Cube root.", "cbrt(27)", "3", plainFloat(math.Cbrt)),
	floatFunction("exp", "e to this power, as a DOUBLE.", "exp(0)", "1", func(x float64) (float64, string) {
		v := math.Exp(x)
		if math.IsInf(v, 0) && !math.IsInf(x, 0) {
			return 0, "value out of range: overflow"
		}
		return v, ""
	}),
	floatFunction("ln", "Natural logarithm, as a DOUBLE.", "ln(1)", "0", logOf(math.Log)),
	floatFunction("log", "Logarithm to base 10, as a DOUBLE.", "log(100)", "2", logOf(math.Log10)),
	floatFunction("log10", "Logarithm to base 10, as a DOUBLE.", "log10(1000)", "3", logOf(math.Log10)),
	floatFunction("sin", "Sine of radians.", "sin(0)", "0", plainFloat(math.Sin)),
	floatFunction("cos", "Cosine of radians.", "cos(0)", "1", plainFloat(math.Cos)),
	floatFunction("tan", "Tangent of radians.", "tan(0)", "0", plainFloat(math.Tan)),
	floatFunction("atan", "Inverse tangent, in radians.", "atan(0)", "0", plainFloat(math.Atan)),
	floatFunction("asin", "Inverse sine, in radians.", "asin(0)", "0", unitRange(math.Asin)),
	floatFunction("acos", "Inverse cosine, in radians.", "acos(1)", "0", unitRange(math.Acos)),
	floatFunction("degrees", "Radians as degrees.", "degrees(0)", "0", plainFloat(func(x float64) float64 { return x / math.Pi * 180 })),
	floatFunction("radians", "Degrees as radians.", "radians(0)", "0", plainFloat(func(x float64) float64 { return x / 180 * math.Pi })),
	{Name: "atan2", Group: "Numbers", Doc: "Inverse tangent of y / x, in radians, in the right quadrant.", Example: "atan2(0, 1)", ExampleResult: "0",
		Overloads: []Overload{pairOf(types.Float64, types.Float64, types.Float64, 8, func(y, x float64) (float64, bool) { return math.Atan2(y, x), true })}},
	{Name: "pi", Group: "Numbers", Doc: "The number pi.", Example: "round(CAST(pi() AS DECIMAL(10, 8)), 4)", ExampleResult: "3.1416",
		Overloads: []Overload{{Result: types.Float64, Kernel: func(in *Input) (arrow.Array, error) {
			return fixed(in, 8, func(dst []float64) {
				for i := range dst {
					dst[i] = math.Pi
				}
			})
		}}}},
}

func unitRange(f func(float64) float64) func(float64) (float64, string) {
	return func(x float64) (float64, string) {
		if x < -1 || x > 1 {
			return 0, "input is out of range"
		}
		return f(x), ""
	}
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

func sameScale(args []types.Type) types.Type { return args[0] }

func noScale(args []types.Type) types.Type {
	return types.DecimalOf(min(38, args[0].Precision-args[0].Scale+1), 0)
}

// decimalTo is an overload over one Decimal; value gets the scales of the argument and of the result.
func decimalTo(result func([]types.Type) types.Type, value func(x decimal128.Num, from, to int) decimal128.Num) Overload {
	return Overload{Args: []types.Kind{types.Decimal}, Type: result, Strict: true, Prepare: func(c *Call) (Kernel, error) {
		from, to := c.args[0].Type().Scale, c.typ.Scale
		return func(in *Input) (arrow.Array, error) {
			x := col[decimal128.Num](in, 0)
			return fixed(in, 16, func(dst []decimal128.Num) {
				for i := range dst {
					dst[i] = value(x.at(i), from, to)
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

// decimalDigits is round(x, n) and trunc(x, n). The result has as many decimals as n says where n is a constant, else
// those of x.
func decimalDigits(cut func(decimal128.Num, int) decimal128.Num) Overload {
	return Overload{Args: []types.Kind{types.Decimal, types.Int32}, Type: sameScale, Strict: true, Fails: true, Prepare: func(c *Call) (Kernel, error) {
		from := c.args[0].Type()
		to := from.Scale
		if l, ok := c.constant(1); ok {
			to = int(max(0, min(38, l.Value.(int64))))
		}
		c.typ = types.DecimalOf(min(38, max(from.Precision-from.Scale+1, 1)+to), to)
		return func(in *Input) (arrow.Array, error) {
			x, n := col[decimal128.Num](in, 0), col[int32](in, 1)
			return fixedRows(in, 16, func(i int) (decimal128.Num, error) {
				digits := int(max(-38, min(38, n.at(i))))
				v := x.at(i)
				at := from.Scale
				if digits < at {
					v, at = cut(v, at-digits), digits
				}
				out, ok := v, true
				if to < at {
					out = cut(v, at-to)
				} else {
					out, ok = shiftUp(v, to-at)
				}
				if !ok || !withinDigits(out, 38) {
					return out, in.fault(i, sqlerr.NumericOutOfRange, "value out of range")
				}
				return out, nil
			})
		}, nil
	}}
}
