package types

import (
	"encoding/hex"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// FuzzDecodePG reads anything as a value of each type: what is taken is written and read again as the same value.
func FuzzDecodePG(f *testing.F) {
	kinds := slices.Sorted(maps.Keys(binaryTypes))
	for _, c := range binaryCases(f) {
		data, err := hex.DecodeString(c.hex)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(slices.Index(kinds, c.kind)), data)
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		typ := binaryTypes[kinds[int(kind)%len(kinds)]]
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		a, err := decode(t, mem, data, typ)
		if err != nil {
			return
		}
		defer a.Release()
		text := string(AppendText(nil, a, 0, typ))
		if !utf8.ValidString(text) {
			t.Fatalf("%s of %x is %q, which is not UTF-8", typ, data, text)
		}
		back, err := AppendPG(nil, a, 0, typ)
		if err != nil {
			t.Fatalf("%s %s of %x is not written: %v", typ, text, data, err)
		}
		again, err := decode(t, mem, back, typ)
		if err != nil {
			t.Fatalf("%s %s of %x is written as %x, which is not read: %v", typ, text, data, back, err)
		}
		defer again.Release()
		if got := string(AppendText(nil, again, 0, typ)); got != text {
			t.Errorf("%s %s of %x is written as %x, which is read as %s", typ, text, data, back, got)
		}
	})
}
