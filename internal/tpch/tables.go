// Package tpch makes the data of TPC-H: the eight tables of the specification, row by row those of its own generator
// (dbgen), at any scale factor, in chunks that can be made in any order and at the same time.
package tpch

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Table is one of the eight.
type Table struct {
	Name   string
	Schema types.Schema
	rows   float64 // of what chunks are counted in, at scale factor 1: rows, but orders for lineitem and parts for partsupp
	fixed  bool    // whatever the scale factor
	make   func(g *rows, from, to int64)
}

var (
	bigint  = types.Of(types.Int64)
	integer = types.Of(types.Int32)
	money   = types.DecimalOf(15, 2)
	date    = types.Of(types.Date)
	text    = types.Of(types.Text)
)

func schema(columns ...types.Column) types.Schema { return columns }

func col(name string, t types.Type) types.Column {
	return types.Column{Name: name, Type: t, NotNull: true}
}

// Tables lists the tables.
func Tables() []Table {
	return []Table{
		{"region", schema(col("r_regionkey", bigint), col("r_name", text), col("r_comment", text)), 5, true, makeRegions},
		{"nation", schema(col("n_nationkey", bigint), col("n_name", text), col("n_regionkey", bigint), col("n_comment", text)), 25, true, makeNations},
		{"supplier", schema(col("s_suppkey", bigint), col("s_name", text), col("s_address", text), col("s_nationkey", bigint), col("s_phone", text),
			col("s_acctbal", money), col("s_comment", text)), supplierBase, false, makeSuppliers},
		{"customer", schema(col("c_custkey", bigint), col("c_name", text), col("c_address", text), col("c_nationkey", bigint), col("c_phone", text),
			col("c_acctbal", money), col("c_mktsegment", text), col("c_comment", text)), customerBase, false, makeCustomers},
		{"part", schema(col("p_partkey", bigint), col("p_name", text), col("p_mfgr", text), col("p_brand", text), col("p_type", text),
			col("p_size", integer), col("p_container", text), col("p_retailprice", money), col("p_comment", text)), partBase, false, makeParts},
		{"partsupp", schema(col("ps_partkey", bigint), col("ps_suppkey", bigint), col("ps_availqty", integer), col("ps_supplycost", money),
			col("ps_comment", text)), partBase, false, makePartSupps},
		{"orders", schema(col("o_orderkey", bigint), col("o_custkey", bigint), col("o_orderstatus", text), col("o_totalprice", money),
			col("o_orderdate", date), col("o_orderpriority", text), col("o_clerk", text), col("o_shippriority", integer),
			col("o_comment", text)), orderBase, false, makeOrders},
		{"lineitem", schema(col("l_orderkey", bigint), col("l_partkey", bigint), col("l_suppkey", bigint), col("l_linenumber", integer),
			col("l_quantity", money), col("l_extendedprice", money), col("l_discount", money), col("l_tax", money), col("l_returnflag", text),
			col("l_linestatus", text), col("l_shipdate", date), col("l_commitdate", date), col("l_receiptdate", date),
			col("l_shipinstruct", text), col("l_shipmode", text), col("l_comment", text)), orderBase, false, makeLineItems},
	}
}

// Find is the table of a name.
func Find(name string) (Table, error) {
	for _, t := range Tables() {
		if t.Name == name {
			return t, nil
		}
	}
	return Table{}, fmt.Errorf("TPC-H has no table %q", name)
}

// Size is the number of things that chunks of the table are counted in: rows, but orders for lineitem and parts for
// partsupp, which have up to seven and four rows each.
func (t Table) Size(sf float64) int64 {
	if t.fixed {
		return int64(t.rows)
	}
	return scaled(t.rows, sf)
}

func scaled(base, sf float64) int64 { return max(1, int64(math.Round(base*sf))) }

// Chunk makes the rows of things from to to, to not included, of 0 to Size. The caller releases it.
func (t Table) Chunk(sf float64, from, to int64, mem memory.Allocator) arrow.RecordBatch {
	g := newRows(t.Schema, sf, mem)
	defer g.builder.Release()
	t.make(g, from, min(to, t.Size(sf)))
	return g.builder.NewRecordBatch()
}
