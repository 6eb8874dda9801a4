package expr

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

// sizeFunctions tell how much room something takes on disk.
var sizeFunctions = []Function{
	relationSize("pg_relation_size", "The bytes that a table takes on disk; 0 of what keeps no rows.", []types.Kind{relationArg}, []types.Kind{relationArg, types.Text}),
	relationSize("pg_table_size", "The bytes that a table takes on disk; 0 of what keeps no rows.", []types.Kind{relationArg}),
	relationSize("pg_total_relation_size", "The bytes that a table takes on disk with its keys; 0 of what keeps no rows.", []types.Kind{relationArg}),
	{Name: "pg_indexes_size", Group: serverGroup, Doc: "The bytes of a table's indexes: 0, since its rows lie in the order of its key.", Example: "pg_indexes_size('bids'::regclass)", ExampleResult: "0",
		Overloads: []Overload{sized([]types.Kind{relationArg}, func(o Objects, oid uint32) (int64, bool) {
			_, ok := o.Size(oid)
			return 0, ok
		})}},
	{Name: "pg_database_size", Group: serverGroup, Doc: "The bytes that all tables take on disk.", Example: "pg_database_size('millrace')", ExampleResult: "8192",
		Overloads: []Overload{
			sized([]types.Kind{oidArg}, func(o Objects, _ uint32) (int64, bool) { return o.Size(0) }),
			{Args: []types.Kind{types.Text}, Result: types.Int64, Volatility: Stable, Kernel: numbersOf(func(_ *Input, o Objects) func(int) (int64, bool, error) {
				return func(int) (int64, bool, error) {
					n, ok := o.Size(0)
					return n, ok, nil
				}
			})},
		}},
	{Name: "pg_tablespace_size", Group: serverGroup, Doc: "The bytes that all tables take on disk, as there is one place for them.", Example: "pg_tablespace_size(1663)", ExampleResult: "8192",
		Overloads: []Overload{sized([]types.Kind{oidArg}, func(o Objects, _ uint32) (int64, bool) { return o.Size(0) })}},
	{Name: "pg_size_pretty", Group: serverGroup, Doc: "A number of bytes in the unit that suits it: bytes, kB, MB, GB, TB or PB.", Example: "pg_size_pretty(123456789::BIGINT)", ExampleResult: "118 MB",
		Overloads: []Overload{
			textTo([]types.Kind{types.Int64}, func(in *Input) func([]byte, int) ([]byte, error) {
				n := col[int64](in, 0)
				return func(dst []byte, i int) ([]byte, error) {
					v := n.at(i)
					return prettySize(dst, big.NewInt(v), strconv.FormatInt(v, 10)), nil
				}
			}),
			textTo([]types.Kind{types.Decimal}, func(in *Input) func([]byte, int) ([]byte, error) {
				n, scale := col[decimal128.Num](in, 0), in.call.args[0].Type().Scale
				return func(dst []byte, i int) ([]byte, error) {
					v := n.at(i)
					whole := v.BigInt()
					whole.Quo(whole, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
					return prettySize(dst, whole, string(types.AppendDecimal(nil, v, scale))), nil
				}
			}),
		}},
	{Name: "pg_size_bytes", Group: serverGroup, Doc: "The bytes of a size with a unit.", Example: "pg_size_bytes('1.5 MB')", ExampleResult: "1572864",
		Overloads: []Overload{{Args: []types.Kind{types.Text}, Result: types.Int64, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
			text := in.text(0)
			return fixedRows(in, 8, func(i int) (int64, error) {
				n, ok := sizeBytes(string(text.at(i)))
				if !ok {
					return 0, in.fault(i, sqlerr.InvalidParameterValue, "invalid size").WithHint("A size is a number and bytes, kB, MB, GB, TB or PB.")
				}
				return n, nil
			})
		}}}},
}

func relationSize(name, doc string, args ...[]types.Kind) Function {
	f := Function{Name: name, Group: serverGroup, Doc: doc, Example: name + "('bids'::regclass)", ExampleResult: "8192"}
	for _, a := range args {
		f.Overloads = append(f.Overloads, sized(a, func(o Objects, oid uint32) (int64, bool) { return o.Size(oid) }))
	}
	return f
}

func sized(args []types.Kind, size func(o Objects, oid uint32) (int64, bool)) Overload {
	return Overload{Args: args, Result: types.Int64, Volatility: Stable, Kernel: numbersOf(func(in *Input, o Objects) func(int) (int64, bool, error) {
		oid := col[int64](in, 0)
		return func(i int) (int64, bool, error) {
			n, ok := size(o, uint32(oid.at(i)))
			return n, ok, nil
		}
	})}
}

// sizeUnits are in steps of 1024. A size stays in a unit up to 20 of the next but one, as in PostgreSQL, and the bytes up
// to ten of the next.
var sizeUnits = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

// prettySize rounds half away from zero in every unit but bytes, of which the exact text is given.
func prettySize(dst []byte, n *big.Int, bytes string) []byte {
	if n.CmpAbs(big.NewInt(10*1024)) < 0 {
		return append(append(dst, bytes...), " bytes"...)
	}
	n = new(big.Int).Quo(n, big.NewInt(512)) // twice the number of kB
	unit := 1
	for ; unit < len(sizeUnits)-1 && n.CmpAbs(big.NewInt(20*1024-1)) >= 0; unit++ {
		n.Quo(n, big.NewInt(1024))
	}
	n.Quo(n.Add(n, big.NewInt(int64(n.Sign()))), big.NewInt(2))
	return append(append(append(dst, n.String()...), ' '), sizeUnits[unit]...)
}

// sizeBytes reads a number with a unit.
func sizeBytes(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-.0123456789eE", r) })
	if end < 0 {
		end = len(s)
	}
	number, unit := s[:end], strings.TrimSpace(s[end:])
	v, ok := new(big.Rat).SetString(number)
	if !ok || len(number) > 40 {
		return 0, false
	}
	power := -1
	for i, u := range sizeUnits {
		if strings.EqualFold(u, unit) || i == 0 && (unit == "" || strings.EqualFold(unit, "B")) {
			power = i
		}
	}
	if power < 0 {
		return 0, false
	}
	v.Mul(v, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(10*power))))
	twice := new(big.Int).Quo(new(big.Int).Lsh(v.Num(), 1), v.Denom())
	twice.Quo(twice.Add(twice, big.NewInt(int64(twice.Sign()))), big.NewInt(2))
	return twice.Int64(), twice.IsInt64()
}
