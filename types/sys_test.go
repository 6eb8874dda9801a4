package types

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
)

// oneName is a catalog of one table.
type oneName struct{}

func (oneName) OID(of Sys, name string) (uint32, error) {
	if of == SysRegClass && name == "bids" {
		return 16384, nil
	}
	return 0, sqlerr.New(sqlerr.UndefinedTable, 0, "relation %q does not exist", name)
}

func (oneName) Name(of Sys, oid uint32) (string, bool) {
	return "bids", of == SysRegClass && oid == 16384
}

func TestARegTypeReadsAndWritesNames(t *testing.T) {
	named := SysOf(SysRegClass).Named(oneName{})
	for _, tc := range []struct {
		name, text string
		typ        Type
		want       string // read and written again
		code       string
	}{
		{"a name", "bids", named, "bids", ""},
		{"its number", "16384", named, "bids", ""},
		{"a number that is nothing's", "7", named, "7", ""},
		{"none", "-", named, "-", ""},
		{"zero is none", "0", named, "-", ""},
		{"a name that is nothing's", "bid", named, "", "42P01"},
		{"a number where there is no catalog", "16384", SysOf(SysRegClass), "16384", ""},
		{"a name where there is no catalog", "bids", SysOf(SysRegClass), "", "0A000"},
		{"another type of a name", "bids", SysOf(SysRegType).Named(oneName{}), "", "42P01"},
		{"an oid that is no number", "bids", SysOf(SysOID), "", "22P02"},
		{"an oid that is too large", "4294967296", SysOf(SysOID), "", "22003"},
		{"a negative oid counts from the end", "-1", SysOf(SysOID), "4294967295", ""},
		{"a name is cut after 63 bytes", strings.Repeat("é", 40), SysOf(SysName), strings.Repeat("é", 31), ""},
		{"a char is its first byte", "rest", SysOf(SysChar), "r", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := ParseValue(tc.text, tc.typ)
			if err != nil || tc.code != "" {
				if sqlerr.Code(err) != tc.code {
					t.Fatalf("%q is read with %v, want code %q", tc.text, err, tc.code)
				}
				return
			}
			b := array.NewBuilder(memory.NewGoAllocator(), tc.typ.Arrow())
			switch v := v.(type) {
			case int64:
				b.(*array.Int64Builder).Append(v)
			case string:
				b.(*array.StringBuilder).Append(v)
			}
			if got := string(AppendText(nil, b.NewArray(), 0, tc.typ)); got != tc.want {
				t.Errorf("%q is written as %q, want %q", tc.text, got, tc.want)
			}
		})
	}
}

func TestSysTableIsWhole(t *testing.T) {
	seen := map[uint32]string{}
	for _, s := range SysTypes() {
		typ := SysOf(s)
		if s.row().sys != s || typ.Kind == Unknown || s.String() == "" {
			t.Errorf("the row of %d is that of %d", s, s.row().sys)
		}
		for _, oid := range []uint32{typ.OID(), typ.ArrayOID()} {
			if other, twice := seen[oid]; twice && oid != 0 {
				t.Errorf("%s has the OID %d of %s", s, oid, other)
			}
			seen[oid] = s.String()
		}
		if plain := typ.Storable(); plain.Sys != Plain || plain.Equal(typ) {
			t.Errorf("%s is stored as %s", s, plain)
		}
	}
	if len(SysTypes()) != int(numSys)-1 {
		t.Errorf("%d rows for %d types", len(SysTypes()), numSys-1)
	}
}
