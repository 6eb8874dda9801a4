package tpch

import "fmt"

// suppliersOfPart is the number of suppliers that sell a part.
const suppliersOfPart = 4

func makeParts(g *rows, from, to int64) {
	name := newStream(709314158, int64(len(colors)), from)
	maker, brand, kind := newStream(1, 1, from), newStream(46831694, 1, from), newStream(1841581359, 1, from)
	size, container, words := newStream(1193163244, 1, from), newStream(727633698, 1, from), newStream(804159733, 2, from)
	order := make([]string, len(colors))
	for i := from; i < to; i++ {
		key := i + 1
		g.int(key)
		copy(order, colors)
		g.buf = g.buf[:0]
		for j := range 5 {
			k := name.between(int64(j), int64(len(order))-1)
			order[j], order[k] = order[k], order[j]
			if j > 0 {
				g.buf = append(g.buf, ' ')
			}
			g.buf = append(g.buf, order[j]...)
		}
		g.bytes(g.buf)
		m := maker.between(1, 5)
		g.str(fmt.Sprintf("Manufacturer#%d", m))
		g.str(fmt.Sprintf("Brand#%d%d", m, brand.between(1, 5)))
		g.str(partTypes.draw(&kind))
		g.int(size.between(1, 50))
		g.str(containers.draw(&container))
		g.int(retailPrice(key))
		g.bytes(comment(&words, g.text, 14))
		endRow(&name, &maker, &brand, &kind, &size, &container, &words)
	}
}

// retailPrice is a part's price in hundredths.
func retailPrice(part int64) int64 { return 90000 + part/10%20001 + part%1000*100 }

// supplierOf is the supplier of a part, of 0 to suppliersOfPart.
func supplierOf(part, number int64, sf float64) int64 {
	suppliers := scaled(supplierBase, sf)
	return (part+number*(suppliers/suppliersOfPart+(part-1)/suppliers))%suppliers + 1
}

func makePartSupps(g *rows, from, to int64) {
	quantity, cost := newStream(1671059989, suppliersOfPart, from), newStream(1051288424, suppliersOfPart, from)
	words := newStream(1961692154, 2*suppliersOfPart, from)
	for i := from; i < to; i++ {
		for n := range int64(suppliersOfPart) {
			g.int(i + 1)
			g.int(supplierOf(i+1, n, g.sf))
			g.int(quantity.between(1, 9999))
			g.int(cost.between(100, 100000))
			g.bytes(comment(&words, g.text, 124))
		}
		endRow(&quantity, &cost, &words)
	}
}
