package tpch

import "millrace/types"

const linesMax = 7 // of an order

var (
	firstDay = types.Days(1992, 1, 1)
	lastDay  = types.Days(1998, 12, 31) - (121 + 30) // that an order can be placed on, so that all of it has happened
	today    = types.Days(1995, 6, 17)               // of the specification: what was to happen before it has happened
)

// lines makes the numbers of an order's lines. ORDERS and LINEITEM both need them.
type lines struct {
	sf                                                        float64
	day, count, quantity, discount, tax, part, supplier, ship stream
}

func newLines(sf float64, order int64) *lines {
	return &lines{
		sf:  sf,
		day: newStream(1066728069, 1, order), count: newStream(1434868289, 1, order),
		quantity: newStream(209208115, linesMax, order), discount: newStream(554590007, linesMax, order),
		tax: newStream(721958466, linesMax, order), part: newStream(1808217256, linesMax, order),
		supplier: newStream(2095021727, linesMax, order), ship: newStream(1769349045, linesMax, order),
	}
}

func (l *lines) order() (day, lines int64) {
	return l.day.between(firstDay, lastDay), l.count.between(1, linesMax)
}

func (l *lines) endRow() {
	endRow(&l.day, &l.count, &l.quantity, &l.discount, &l.tax, &l.part, &l.supplier, &l.ship)
}

// line is one line of an order; money in hundredths.
type line struct{ part, quantity, price, discount, tax, ship int64 }

func (l *lines) line(day int64) line {
	n := line{quantity: l.quantity.between(1, 50), discount: l.discount.between(0, 10), tax: l.tax.between(0, 8), part: l.part.between(1, scaled(partBase, l.sf))}
	n.price = retailPrice(n.part) * n.quantity
	n.ship = day + l.ship.between(1, 121)
	return n
}

// orderKey leaves three of four keys unused.
func orderKey(i int64) int64 { return i>>3<<5 | i&7 }

func makeOrders(g *rows, from, to int64) {
	l := newLines(g.sf, from)
	customer, priority := newStream(851767375, 1, from), newStream(591449447, 1, from)
	clerk, words := newStream(1171034773, 1, from), newStream(276090261, 2, from)
	customers, clerks := scaled(customerBase, g.sf), max(scaled(1000, g.sf), 1000)
	for i := from; i < to; i++ {
		g.int(orderKey(i + 1))
		c := customer.between(1, customers)
		for delta := int64(1); c%3 == 0; delta = -delta { // a third of the customers never order
			c = min(c+delta, customers)
		}
		g.int(c)
		day, count := l.order()
		total, shipped := int64(0), int64(0)
		for range count {
			n := l.line(day)
			total += n.price * (100 - n.discount) / 100 * (100 + n.tax) / 100
			if n.ship <= today {
				shipped++
			}
		}
		switch shipped {
		case count:
			g.str("F")
		case 0:
			g.str("O")
		default:
			g.str("P")
		}
		g.int(total)
		g.int(day)
		g.str(priorities.draw(&priority))
		g.named("Clerk#", clerk.between(1, clerks))
		g.int(0)
		g.bytes(comment(&words, g.text, 49))
		l.endRow()
		endRow(&customer, &priority, &clerk, &words)
	}
}

func makeLineItems(g *rows, from, to int64) {
	l := newLines(g.sf, from)
	commit, receipt, flag := newStream(904914315, linesMax, from), newStream(373135028, linesMax, from), newStream(717419739, linesMax, from)
	instruct, mode, words := newStream(1371272478, linesMax, from), newStream(675466456, linesMax, from), newStream(1095462486, 2*linesMax, from)
	for i := from; i < to; i++ {
		day, count := l.order()
		for number := range count {
			n := l.line(day)
			g.int(orderKey(i + 1))
			g.int(n.part)
			g.int(supplierOf(n.part, l.supplier.between(0, suppliersOfPart-1), g.sf))
			g.int(number + 1)
			g.int(n.quantity * 100)
			g.int(n.price)
			g.int(n.discount)
			g.int(n.tax)
			received := n.ship + receipt.between(1, 30)
			if received <= today {
				g.str(returnFlags.draw(&flag))
			} else {
				g.str("N")
			}
			if n.ship <= today {
				g.str("F")
			} else {
				g.str("O")
			}
			g.int(n.ship)
			g.int(day + commit.between(30, 90))
			g.int(received)
			g.str(instructions.draw(&instruct))
			g.str(modes.draw(&mode))
			g.bytes(comment(&words, g.text, 27))
		}
		l.endRow()
		endRow(&commit, &receipt, &flag, &instruct, &mode, &words)
	}
}
