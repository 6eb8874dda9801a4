package cassandra

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"net/netip"
	"strconv"

	"millrace/types"
)

// Text is a value of this type for an error message: what a basic type's bytes mean, those of others in hexadecimal.
// nil is NULL.
func (t Type) Text(b []byte) string {
	if b == nil {
		return "NULL"
	}
	switch {
	case t.Name == "boolean" && len(b) == 1:
		return strconv.FormatBool(b[0] != 0)
	case t.Name == "tinyint" && len(b) == 1:
		return strconv.Itoa(int(int8(b[0])))
	case t.Name == "smallint" && len(b) == 2:
		return strconv.Itoa(int(int16(binary.BigEndian.Uint16(b))))
	case t.Name == "int" && len(b) == 4:
		return strconv.Itoa(int(int32(binary.BigEndian.Uint32(b))))
	case t.Name == "bigint" && len(b) == 8:
		return strconv.FormatInt(int64(binary.BigEndian.Uint64(b)), 10)
	case t.Name == "float" && len(b) == 4:
		return string(types.AppendFloat(nil, float64(math.Float32frombits(binary.BigEndian.Uint32(b))), 32))
	case t.Name == "double" && len(b) == 8:
		return string(types.AppendFloat(nil, math.Float64frombits(binary.BigEndian.Uint64(b)), 64))
	case t.Name == "varint" && len(b) > 0:
		return varint(b).String()
	case t.Name == "decimal" && len(b) > 4:
		scale := int32(binary.BigEndian.Uint32(b))
		return varint(b[4:]).String() + "e" + strconv.Itoa(-int(scale))
	case t.Name == "text" || t.Name == "varchar" || t.Name == "ascii":
		return strconv.Quote(string(b[:min(len(b), 100)]))
	case t.Name == "date" && len(b) == 4:
		return string(types.AppendDate(nil, int32(binary.BigEndian.Uint32(b)-1<<31)))
	case t.Name == "time" && len(b) == 8:
		return string(types.AppendTime(nil, int64(binary.BigEndian.Uint64(b))/1000))
	case t.Name == "timestamp" && len(b) == 8:
		return string(types.AppendTimestamp(nil, int64(binary.BigEndian.Uint64(b))*1000))
	case (t.Name == "uuid" || t.Name == "timeuuid") && len(b) == 16:
		return string(types.AppendUUID(nil, b))
	case t.Name == "inet":
		if ip, ok := netip.AddrFromSlice(b); ok {
			return ip.String()
		}
	}
	return "0x" + hex.EncodeToString(b[:min(len(b), 100)])
}

func varint(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}
