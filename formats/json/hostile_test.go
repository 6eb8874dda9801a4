package json

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/types"
)

// hostile makes a record that cannot be read as a bid (with the columns of bidSchema, bidder NOT NULL).
func hostile(r *rand.Rand, bid string) string {
	replace := func(field, with string) string { // a field's value by another
		from := strings.Index(bid, `"`+field+`":`) + len(field) + 3
		to := from + strings.IndexAny(bid[from:], ",}")
		return bid[:from] + with + bid[to:]
	}
	switch r.Intn(14) {
	case 0: // cut off anywhere
		return bid[:r.Intn(len(bid))]
	case 1:
		return replace("bidder", `"x`+strings.Repeat("y", r.Intn(200))+`"`)
	case 2:
		return replace("price", strings.Repeat("9", 19+r.Intn(5000)))
	case 3:
		return replace("auction", "1e"+strings.Repeat("9", 2+r.Intn(400)))
	case 4: // deep, and closed or not
		n := 600 + r.Intn(9400)
		return `{"bidder":1,"x":` + strings.Repeat("[", n) + strings.Repeat("]", n*r.Intn(2)) + "}"
	case 5:
		return `{"bidder":1,"x":` + strings.Repeat(`{"x":`, 600+r.Intn(1000))
	case 6: // not UTF-8, in a wanted string
		return strings.Replace(bid, `"channel":"`, `"channel":"`+string([]byte{0xC3, 0x28}), 1)
	case 7:
		return strings.Repeat("\x00", r.Intn(64))
	case 8:
		return bid + bid
	case 9:
		return replace("bidder", "null")
	case 10: // a name twice, the second time wrong
		return bid[:len(bid)-1] + `,"price":[1]}`
	case 11:
		return replace("dateTime", `"20`+strings.Repeat("26-", r.Intn(9))+`"`)
	case 12: // a byte that structure is made of, gone
		for {
			if i := r.Intn(len(bid) - 1); strings.IndexByte(`{}":,`, bid[i]) >= 0 && bid[i+1] != '/' {
				return bid[:i] + bid[i+1:]
			}
		}
	default:
		return []string{"", " ", "null", "[]", "1", `"bid"`, "{", "}", "{]", `{"bidder"}`, `{,}`, `{"bidder":1,}`, `{"bidder":01}`}[r.Intn(13)]
	}
}

// 100,000 bad records among as many good ones: each bad one is one error, each good one comes out, and memory stays
// where it was.
func TestHostileRecordsAmongGoodOnes(t *testing.T) {
	const records = 200_000
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	s := append(types.Schema{}, bidSchema...)
	s[1].NotNull = true
	d, err := New().NewDecoder(s, nil, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	r := rand.New(rand.NewSource(7))
	plain := bids(1000, compact)
	var good, bad, rows int
	var want, got int64 // sums of the prices: which rows came out
	peak := 0
	take := func() {
		peak = max(peak, mem.CurrentAlloc())
		cols := d.Take()
		for _, v := range cols[2].(*array.Int64).Int64Values() {
			got += v
		}
		rows += cols[0].Len()
		for _, c := range cols {
			if err := validate(c); err != nil {
				t.Fatal(err)
			}
			c.Release()
		}
	}
	for done := 0; done < records; {
		var recs [][]byte
		var isBad []bool
		for range 1000 {
			b := plain[r.Intn(len(plain))]
			switch {
			case done == 5000 && len(recs) == 500: // a good one, but huge
				recs, isBad = append(recs, fmt.Appendf(nil, `{"bidder":1,"price":1,"url":"%s"}`, strings.Repeat("u", 10<<20))), append(isBad, false)
				want++
				good++
			case r.Intn(2) == 0:
				recs, isBad = append(recs, []byte(hostile(r, string(b)))), append(isBad, true)
			default:
				var price int64
				fmt.Sscanf(string(b[strings.Index(string(b), `"price":`):]), `"price":%d`, &price)
				recs, isBad = append(recs, b), append(isBad, false)
				want += price
				good++
			}
		}
		for from := 0; from < len(recs); {
			n, err := d.Decode(recs[from:])
			for i := from; i < from+n; i++ {
				if isBad[i] {
					t.Fatalf("read as a bid: %.300q", recs[i])
				}
			}
			if from += n; err == nil {
				break
			}
			var why *formats.RecordError
			if !errors.As(err, &why) || len(why.Error()) > 400 {
				t.Fatalf("%T: %v", err, err)
			}
			if !isBad[from] {
				t.Fatalf("%.300q: %v", recs[from], err)
			}
			bad++
			from++
		}
		done += len(recs)
		if d.Len() >= 4000 {
			take()
		}
	}
	take()
	if rows != good || got != want || bad != records-good {
		t.Errorf("%d of %d good rows, prices sum to %d, want %d; %d of %d bad ones", rows, good, got, want, bad, records-good)
	}
	if peak > 64<<20 {
		t.Errorf("up to %d bytes in use", peak)
	}
	t.Logf("%d good, %d bad, peak %d bytes", good, bad, peak)
}
