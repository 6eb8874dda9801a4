package expr

import "millrace/types"

// PostgreSQL's OIDs of the types that stand for many.
const (
	anyOID           = 2276
	anyArrayOID      = 2277
	anyElementOID    = 2283
	anyNonArrayOID   = 2776
	anyCompatibleOID = 5077
)

// TypeOIDs are the types of the overload's arguments and of its result in PostgreSQL's pg_type, for the catalog. Where the
// result depends on the arguments it is one that stands for many.
func (o Overload) TypeOIDs() (args []uint32, result uint32) {
	for _, k := range o.Args {
		args = append(args, kindOID(k))
	}
	if o.Result == types.Array {
		return args, anyArrayOID
	}
	return args, types.Of(o.Result).OID()
}

func kindOID(k types.Kind) uint32 {
	switch k {
	case anyType:
		return anyOID
	case sameType:
		return anyCompatibleOID
	case sameNumber:
		return types.Of(types.Decimal).OID()
	case anyScalar:
		return anyNonArrayOID
	case anyArray, types.Array:
		return anyArrayOID
	case anyElement:
		return anyElementOID
	case textArray:
		return types.ArrayOf(types.Of(types.Text)).OID()
	case intArray:
		return types.ArrayOf(types.Of(types.Int32)).OID()
	}
	if s, ok := types.SysByName(className(k)); ok {
		return types.SysOf(s).OID()
	}
	return types.Of(k).OID()
}
