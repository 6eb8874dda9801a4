package cassandra

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"net/netip"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// The encodings are those of the native protocol, version 4 and 5, section 6: numbers big-endian, a date as days with
// 2^31 at the epoch, a time in nanoseconds, a timestamp in milliseconds.

var errNullInside = errors.New("NULL cannot be in a collection")

func appendUint64(buf []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(buf, v) }

// compile finds the encoding of a pair of types.
func compile(t types.Type, c Type) (binder, error) {
	switch {
	case c.Name == "counter":
		return nil, errors.New("a counter cannot be set, only added to")
	case !slices.Contains(t.CQL(), c.Name):
		return nil, fmt.Errorf("%s does not go into %s", t, c)
	}
	switch c.Name {
	case "boolean":
		return func(a arrow.Array) valuer {
			v := a.(*array.Boolean)
			return func(buf []byte, i int) ([]byte, error) {
				if v.Value(i) {
					return append(buf, 1), nil
				}
				return append(buf, 0), nil
			}
		}, nil
	case "tinyint":
		return func(a arrow.Array) valuer {
			v := a.(*array.Int16).Values()
			return func(buf []byte, i int) ([]byte, error) {
				if v[i] < math.MinInt8 || v[i] > math.MaxInt8 {
					return buf, fmt.Errorf("%d is not a tinyint, which is -128 to 127", v[i])
				}
				return append(buf, byte(v[i])), nil
			}
		}, nil
	case "smallint":
		return func(a arrow.Array) valuer {
			v := a.(*array.Int16).Values()
			return func(buf []byte, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint16(buf, uint16(v[i])), nil
			}
		}, nil
	case "int":
		return func(a arrow.Array) valuer {
			v := a.(*array.Int32).Values()
			return func(buf []byte, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint32(buf, uint32(v[i])), nil
			}
		}, nil
	case "bigint":
		return func(a arrow.Array) valuer {
			v := a.(*array.Int64).Values()
			return func(buf []byte, i int) ([]byte, error) { return appendUint64(buf, uint64(v[i])), nil }
		}, nil
	case "varint":
		return compileVarint(t)
	case "float":
		return func(a arrow.Array) valuer {
			v := a.(*array.Float32).Values()
			return func(buf []byte, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint32(buf, math.Float32bits(v[i])), nil
			}
		}, nil
	case "double":
		return func(a arrow.Array) valuer {
			v := a.(*array.Float64).Values()
			return func(buf []byte, i int) ([]byte, error) { return appendUint64(buf, math.Float64bits(v[i])), nil }
		}, nil
	case "decimal":
		scale := uint32(t.Scale)
		return func(a arrow.Array) valuer {
			v := a.(*array.Decimal128).Values()
			return func(buf []byte, i int) ([]byte, error) {
				buf = binary.BigEndian.AppendUint32(buf, scale)
				return appendVarint(buf, v[i].HighBits(), v[i].LowBits()), nil
			}
		}, nil
	case "text", "varchar":
		return func(a arrow.Array) valuer {
			v := a.(*array.String)
			return func(buf []byte, i int) ([]byte, error) { return append(buf, v.Value(i)...), nil }
		}, nil
	case "ascii":
		return compileASCII, nil
	case "inet":
		return compileInet, nil
	case "blob":
		return func(a arrow.Array) valuer {
			v := a.(*array.Binary)
			return func(buf []byte, i int) ([]byte, error) { return append(buf, v.Value(i)...), nil }
		}, nil
	case "date":
		return func(a arrow.Array) valuer {
			v := a.(*array.Date32).Values()
			return func(buf []byte, i int) ([]byte, error) {
				return binary.BigEndian.AppendUint32(buf, uint32(v[i])+1<<31), nil
			}
		}, nil
	case "time":
		return compileTime, nil
	case "timestamp":
		// Milliseconds are all that Cassandra keeps: what is below is cut off, towards the past.
		return func(a arrow.Array) valuer {
			v := a.(*array.Timestamp).Values()
			return func(buf []byte, i int) ([]byte, error) {
				ms := int64(v[i]) / 1000
				if int64(v[i]) < ms*1000 {
					ms--
				}
				return appendUint64(buf, uint64(ms)), nil
			}
		}, nil
	case "duration":
		return compileDuration, nil
	case "uuid", "timeuuid":
		return compileUUID(c), nil
	case "list", "set":
		return compileList(t, c)
	case "map":
		return compileMap(t, c)
	case "tuple", "udt":
		return compileRow(t, c)
	}
	return nil, fmt.Errorf("%s cannot be written", c)
}

// appendVarint appends a 128-bit number in as few bytes of two's complement as hold it.
func appendVarint(buf []byte, hi int64, lo uint64) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(hi))
	binary.BigEndian.PutUint64(b[8:], lo)
	sign := byte(hi >> 63)
	at := 0
	for at < 15 && b[at] == sign && (b[at+1]^sign)&0x80 == 0 {
		at++
	}
	return append(buf, b[at:]...)
}

func compileVarint(t types.Type) (binder, error) {
	if t.Kind == types.Decimal {
		if t.Scale != 0 {
			return nil, fmt.Errorf("%s does not go into varint, which has no fraction", t)
		}
		return func(a arrow.Array) valuer {
			v := a.(*array.Decimal128).Values()
			return func(buf []byte, i int) ([]byte, error) {
				return appendVarint(buf, v[i].HighBits(), v[i].LowBits()), nil
			}
		}, nil
	}
	return func(a arrow.Array) valuer {
		v := a.(*array.Int64).Values()
		return func(buf []byte, i int) ([]byte, error) { return appendVarint(buf, v[i]>>63, uint64(v[i])), nil }
	}, nil
}

func compileASCII(a arrow.Array) valuer {
	v := a.(*array.String)
	return func(buf []byte, i int) ([]byte, error) {
		s := v.Value(i)
		for k := range len(s) {
			if s[k] >= 0x80 {
				return buf, fmt.Errorf("%.60q is not ASCII", s)
			}
		}
		return append(buf, s...), nil
	}
}

func compileInet(a arrow.Array) valuer {
	v := a.(*array.String)
	return func(buf []byte, i int) ([]byte, error) {
		ip, err := netip.ParseAddr(v.Value(i))
		if err != nil || ip.Zone() != "" {
			return buf, fmt.Errorf("%.60q is not an IP address", v.Value(i))
		}
		return append(buf, ip.AsSlice()...), nil
	}
}

// compileTime: the end of the day, 24:00, is a time in SQL but none in Cassandra.
func compileTime(a arrow.Array) valuer {
	v := a.(*array.Time64).Values()
	return func(buf []byte, i int) ([]byte, error) {
		if int64(v[i]) >= types.MicrosPerDay {
			return buf, fmt.Errorf("%s is not a time of a day", types.AppendTime(nil, int64(v[i])))
		}
		return appendUint64(buf, uint64(v[i])*1000), nil
	}
}

// compileDuration: months, days and nanoseconds as variable-length numbers, which must not differ in sign.
func compileDuration(a arrow.Array) valuer {
	v := a.(*array.MonthDayNanoInterval)
	return func(buf []byte, i int) ([]byte, error) {
		d := v.Value(i)
		if (d.Months < 0 || d.Days < 0 || d.Nanoseconds < 0) && (d.Months > 0 || d.Days > 0 || d.Nanoseconds > 0) {
			return buf, fmt.Errorf("%s is not a duration, whose parts have one sign", types.AppendInterval(nil, d))
		}
		buf = appendVint(buf, int64(d.Months))
		buf = appendVint(buf, int64(d.Days))
		return appendVint(buf, d.Nanoseconds), nil
	}
}

// appendVint appends a number in zigzag form with the count of the bytes behind the first in the first one's leading
// bits.
func appendVint(buf []byte, v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	more := 0 // bytes behind the first
	for n := 64 - bits.LeadingZeros64(u|1); more < 8 && n > 7*(more+1); {
		more++
	}
	if more == 8 {
		return appendUint64(append(buf, 0xff), u)
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], u)
	at := len(buf)
	buf = append(buf, b[7-more:]...)
	buf[at] |= ^byte(0xff >> more)
	return buf
}

func compileUUID(c Type) binder {
	timed := c.Name == "timeuuid"
	return func(a arrow.Array) valuer {
		v := a.(*array.FixedSizeBinary)
		return func(buf []byte, i int) ([]byte, error) {
			u := v.Value(i)
			if timed && u[6]>>4 != 1 {
				return buf, fmt.Errorf("%s is not a timeuuid, which has version 1", types.AppendUUID(nil, u))
			}
			return append(buf, u...), nil
		}
	}
}

// appendSized appends a value with its length in four bytes before it.
func appendSized(buf []byte, put valuer, i int) ([]byte, error) {
	at := len(buf)
	buf, err := put(append(buf, 0, 0, 0, 0), i)
	if err != nil {
		return buf, err
	}
	n := len(buf) - at - 4
	if n > math.MaxInt32 {
		return buf, errors.New("a value passes 2 GiB")
	}
	binary.BigEndian.PutUint32(buf[at:], uint32(n))
	return buf, nil
}

func compileList(t types.Type, c Type) (binder, error) {
	elem, err := compile(*t.Elem, c.Args[0])
	if err != nil {
		return nil, err
	}
	return func(a arrow.Array) valuer {
		list := a.(*array.List)
		values := list.ListValues()
		put := elem(values)
		return func(buf []byte, i int) ([]byte, error) {
			from, to := list.ValueOffsets(i)
			buf = binary.BigEndian.AppendUint32(buf, uint32(to-from))
			for j := int(from); j < int(to); j++ {
				if values.IsNull(j) {
					return buf, errNullInside
				}
				var err error
				if buf, err = appendSized(buf, put, j); err != nil {
					return buf, err
				}
			}
			return buf, nil
		}
	}, nil
}

func compileMap(t types.Type, c Type) (binder, error) {
	key, err := compile(*t.Key, c.Args[0])
	if err != nil {
		return nil, err
	}
	elem, err := compile(*t.Elem, c.Args[1])
	if err != nil {
		return nil, err
	}
	return func(a arrow.Array) valuer {
		m := a.(*array.Map)
		keys, items := m.Keys(), m.Items()
		putKey, putItem := key(keys), elem(items)
		return func(buf []byte, i int) ([]byte, error) {
			from, to := m.ValueOffsets(i)
			buf = binary.BigEndian.AppendUint32(buf, uint32(to-from))
			for j := int(from); j < int(to); j++ {
				if keys.IsNull(j) || items.IsNull(j) {
					return buf, errNullInside
				}
				var err error
				if buf, err = appendSized(buf, putKey, j); err != nil {
					return buf, err
				}
				if buf, err = appendSized(buf, putItem, j); err != nil {
					return buf, err
				}
			}
			return buf, nil
		}
	}, nil
}

// compileRow: the fields of a tuple go by position, those of a user-defined type by name; a field of the type that the
// row does not have is NULL.
func compileRow(t types.Type, c Type) (binder, error) {
	from := make([]int, len(c.Args)) // of the fields of t; -1: none
	if c.Name == "tuple" {
		if len(t.Fields) != len(c.Args) {
			return nil, fmt.Errorf("a ROW of %d fields does not go into %s", len(t.Fields), c)
		}
		for i := range from {
			from[i] = i
		}
	} else {
		for i := range from {
			from[i] = slices.IndexFunc(t.Fields, func(f types.Field) bool { return f.Name == c.Fields[i] })
		}
		for _, f := range t.Fields {
			if !slices.Contains(c.Fields, f.Name) {
				return nil, fmt.Errorf("the type %s has no field %q", c, f.Name)
			}
		}
	}
	fields := make([]binder, len(from))
	for i, f := range from {
		if f < 0 {
			continue
		}
		var err error
		if fields[i], err = compile(t.Fields[f].Type, c.Args[i]); err != nil {
			return nil, fmt.Errorf("field %q: %w", t.Fields[f].Name, err)
		}
	}
	return func(a arrow.Array) valuer {
		row := a.(*array.Struct)
		puts := make([]valuer, len(from))
		values := make([]arrow.Array, len(from))
		for i, f := range from {
			if f >= 0 {
				values[i] = row.Field(f)
				puts[i] = fields[i](values[i])
			}
		}
		return func(buf []byte, i int) ([]byte, error) {
			for k, put := range puts {
				if put == nil || values[k].IsNull(i) {
					buf = append(buf, 0xff, 0xff, 0xff, 0xff) // length -1: NULL
					continue
				}
				var err error
				if buf, err = appendSized(buf, put, i); err != nil {
					return buf, err
				}
			}
			return buf, nil
		}
	}, nil
}
