// Package nexmark generates the events of an auction house, after the Nexmark benchmark (Tucker et al., "NEXMark – A
// Benchmark for Queries over Data Streams", 2008): persons who open auctions and bid. Event n of a seed is always the
// same, so that a reader can begin anywhere.
package nexmark

import (
	"math/bits"
	"strconv"
)

// Generator draws events from a seed.
type Generator struct {
	Seed  uint64
	Start int64 // microseconds since the epoch: the time of event 0
	// PerSecond is how many events a second of event time has.
	PerSecond int64
	// Disorder is how far behind its place an event's time may be, in microseconds.
	Disorder int64
}

// mix is a bijection of 64 bits that scatters (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// draw is the k-th random number of event n.
func (g *Generator) draw(n int64, k uint64) uint64 {
	return mix(g.Seed*0x9e3779b97f4a7c15 + uint64(n)*16 + k)
}

// below is a random number from 0 to limit-1.
func below(r uint64, limit int64) int64 {
	hi, _ := bits.Mul64(r, uint64(limit))
	return int64(hi)
}

// Time is when event n happened.
func (g *Generator) Time(n int64) int64 {
	at := g.Start + n/g.PerSecond*1e6 + n%g.PerSecond*1e6/g.PerSecond
	if g.Disorder > 0 {
		at -= below(g.draw(n, 0), g.Disorder)
	}
	return at
}

// Proportions of Nexmark: of 50 events 1 is a person, 3 are auctions and 46 are bids. Numbers of persons and auctions
// grow with the bids, so that early ones are bid on early.
const (
	firstPerson  = 1000
	firstAuction = 1000
	hotShare     = 2 // one bid in so many is on a hot auction or by a hot bidder
	personWindow = 20_000
	auctionsOpen = 10_000
)

// Auction is the auction of bid n: one in two is the newest hot one, the others are of the latest ones.
func (g *Generator) Auction(n int64) int64 {
	last := n * 3 / 46
	if below(g.draw(n, 1), hotShare) == 0 {
		return firstAuction + last/100*100
	}
	open := min(last, auctionsOpen) + 1
	return firstAuction + last - below(g.draw(n, 2), open)
}

// Bidder is who made bid n.
func (g *Generator) Bidder(n int64) int64 {
	last := n / 46
	if below(g.draw(n, 3), hotShare*2) == 0 {
		return firstPerson + last/100*100 + 1
	}
	known := min(last, personWindow) + 1
	return firstPerson + last - below(g.draw(n, 4), known)
}

// Price is what bid n offers, in cents: prices of every size are equally likely.
func (g *Generator) Price(n int64) int64 {
	r := g.draw(n, 5)
	scale := int64(100)
	for range r % 6 {
		scale *= 10
	}
	return scale + below(mix(r), scale*9)
}

// Channels are those that half of the bids come by.
var Channels = []string{"Google", "Facebook", "Baidu", "Apple"}

// AppendChannel appends the channel of bid n: one of four, or one of ten thousand.
func (g *Generator) AppendChannel(buf []byte, n int64) []byte {
	r := g.draw(n, 6)
	if r&1 == 0 {
		return append(buf, Channels[r>>1&3]...)
	}
	return strconv.AppendInt(append(buf, "channel-"...), below(mix(r), 10_000), 10)
}

// AppendURL appends the address that bid n was made at.
func (g *Generator) AppendURL(buf []byte, n int64) []byte {
	buf = append(buf, "https://www.nexmark.com/"...)
	r := g.draw(n, 7)
	for range 15 {
		buf = append(buf, byte('a'+r%26))
		r /= 16
	}
	return strconv.AppendInt(append(buf, "/item.htm?query=1&channel_id="...), below(g.draw(n, 8), 1<<30), 10)
}

// AppendExtra appends the filling of bid n, which makes its JSON about 270 bytes.
func (g *Generator) AppendExtra(buf []byte, n int64) []byte {
	r := g.draw(n, 9)
	for range 50 + r%21 {
		r = r*6364136223846793005 + 1442695040888963407
		buf = append(buf, byte('a'+(r>>59)%26))
	}
	return buf
}

var (
	firstNames = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames  = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
	cities     = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states     = []string{"AZ", "CA", "CA", "ID", "OR", "OR", "WA", "WA", "WA", "WY"}
	items      = []string{"lamp", "chair", "clock", "violin", "atlas", "kettle", "stamp", "coin", "camera", "globe"}
)

// AppendName appends the name of person n.
func (g *Generator) AppendName(buf []byte, n int64) []byte {
	r := g.draw(n, 10)
	buf = append(buf, firstNames[r%uint64(len(firstNames))]...)
	return append(append(buf, ' '), lastNames[(r>>8)%uint64(len(lastNames))]...)
}

// AppendEmail appends the address of person n.
func (g *Generator) AppendEmail(buf []byte, n int64) []byte {
	buf = strconv.AppendInt(append(buf, "person"...), firstPerson+n, 10)
	return append(buf, "@example.com"...)
}

// AppendCity and AppendState append where person n lives.
func (g *Generator) AppendCity(buf []byte, n int64) []byte {
	return append(buf, cities[g.draw(n, 11)%uint64(len(cities))]...)
}

// AppendState appends the state of person n's city.
func (g *Generator) AppendState(buf []byte, n int64) []byte {
	return append(buf, states[g.draw(n, 11)%uint64(len(states))]...)
}

// Person is the number of person n.
func (g *Generator) Person(n int64) int64 { return firstPerson + n }

// NewAuction is the number of auction n.
func (g *Generator) NewAuction(n int64) int64 { return firstAuction + n }

// AppendItem appends what auction n sells.
func (g *Generator) AppendItem(buf []byte, n int64) []byte {
	return append(buf, items[g.draw(n, 12)%uint64(len(items))]...)
}

// Seller is who opened auction n, Category what kind it is, InitialBid and Reserve its prices, Expires when it ends.
func (g *Generator) Seller(n int64) int64 {
	last := n / 3
	return firstPerson + last - below(g.draw(n, 13), min(last, personWindow)+1)
}

// Category is one of five.
func (g *Generator) Category(n int64) int64 { return 10 + below(g.draw(n, 14), 5) }

// InitialBid is the least price of auction n.
func (g *Generator) InitialBid(n int64) int64 { return g.Price(n) }

// Reserve is the price that auction n must reach.
func (g *Generator) Reserve(n int64) int64 { return g.Price(n) + below(g.draw(n, 15), 10_000) }

// Expires is when auction n ends: within a minute.
func (g *Generator) Expires(n int64) int64 { return g.Time(n) + 1e6 + below(g.draw(n, 15), 60e6) }
