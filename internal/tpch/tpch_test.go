package tpch

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

func row(s types.Schema, rec arrow.RecordBatch, i int) string {
	parts := make([]string, len(s))
	for c, col := range s {
		parts[c] = string(types.AppendText(nil, rec.Column(c), i, col.Type))
	}
	return strings.Join(parts, "|")
}

// The rows are those of the specification's own generator.
func TestRowsAreThoseOfTheSpecification(t *testing.T) {
	for _, tc := range []struct {
		table string
		row   int64
		want  string
	}{
		{"region", 0, "0|AFRICA|lar deposits. blithely final packages cajole. regular waters are final requests. regular accounts are according to "},
		{"nation", 0, "0|ALGERIA|0| haggle. carefully final deposits detect slyly agai"},
		{"supplier", 0, "1|Supplier#000000001| N kD4on9OM Ipw3,gf0JBoQDd7tgrzrddZ|17|27-918-335-1736|5755.94|each slyly above the careful"},
		{"customer", 0, "1|Customer#000000001|IVhzIApeRb ot,c,E|15|25-989-741-2988|711.56|BUILDING|to the even, regular platelets. regular, ironic epitaphs nag e"},
		{"part", 0, "1|goldenrod lavender spring chocolate lace|Manufacturer#1|Brand#13|PROMO BURNISHED COPPER|7|JUMBO PKG|901.00|ly. slyly ironi"},
		{"orders", 0, "1|36901|O|173665.47|1996-01-02|5-LOW|Clerk#000000951|0|nstructions sleep furiously among "},
		{"lineitem", 0, "1|155190|7706|1|17.00|21168.23|0.04|0.02|N|O|1996-03-13|1996-02-12|1996-03-22|DELIVER IN PERSON|TRUCK|egular courts above the"},
	} {
		tab, err := Find(tc.table)
		if err != nil {
			t.Fatal(err)
		}
		rec := tab.Chunk(1, tc.row, tc.row+1, memory.DefaultAllocator)
		if got := row(tab.Schema, rec, 0); got != tc.want {
			t.Errorf("%s\n%s\nwant\n%s", tc.table, got, tc.want)
		}
		rec.Release()
	}
}

func TestChunksMakeTheWhole(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	rows := map[string]int64{"region": 5, "nation": 25, "supplier": 10, "customer": 150, "part": 200, "partsupp": 800, "orders": 1500}
	for _, tab := range Tables() {
		size := tab.Size(0.001)
		whole := tab.Chunk(0.001, 0, size, mem)
		if want, ok := rows[tab.Name]; ok && whole.NumRows() != want {
			t.Errorf("%s has %d rows, want %d", tab.Name, whole.NumRows(), want)
		}
		at := 0
		for from := int64(0); from < size; from += 7 {
			part := tab.Chunk(0.001, from, from+7, mem)
			for i := range int(part.NumRows()) {
				if got, want := row(tab.Schema, part, i), row(tab.Schema, whole, at); got != want {
					t.Fatalf("%s row %d\n%s\nwant\n%s", tab.Name, at, got, want)
				}
				at++
			}
			part.Release()
		}
		if at != int(whole.NumRows()) {
			t.Errorf("%s: %d rows in chunks, %d at once", tab.Name, at, whole.NumRows())
		}
		whole.Release()
	}
}

// What the queries look for is in the suppliers' comments: at scale factor 1, five in ten thousand complain.
func TestComplaints(t *testing.T) {
	tab, err := Find("supplier")
	if err != nil {
		t.Fatal(err)
	}
	rec := tab.Chunk(1, 0, 10_000, memory.DefaultAllocator)
	defer rec.Release()
	complaints, recommends := 0, 0
	for i := range int(rec.NumRows()) {
		_, text, found := strings.Cut(rec.Column(6).ValueStr(i), "Customer ")
		if found && strings.Contains(text, "Complaints") {
			complaints++
		} else if found && strings.Contains(text, "Recommends") {
			recommends++
		}
	}
	if complaints != 4 || recommends == 0 {
		t.Errorf("%d complaints, %d recommendations", complaints, recommends)
	}
}
