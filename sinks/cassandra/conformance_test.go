//go:build services

package cassandra

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/catalog"
	"millrace/internal/cassandra"
	"millrace/internal/testkit"
	"millrace/sinks/sinktest"
	"millrace/types"
)

func TestSinksPromises(t *testing.T) {
	session, keyspace := testkit.Keyspace(t)
	sinktest.Run(t, sinktest.Harness{
		Connector: New(),
		Table: func(t testing.TB, columns types.Schema) *catalog.Table {
			name := testkit.Name(t, "t")
			var fields []field
			var names, cql []string
			for i, c := range columns {
				fields, names = append(fields, field{c.Name, c.Type}), append(names, c.Name)
				text := cassandra.CQL(c.Type, false)
				if c.Type.Kind == types.Row {
					text = fmt.Sprintf("%s_%d", name, i)
					parts := make([]string, len(c.Type.Fields))
					for i, f := range c.Type.Fields {
						parts[i] = f.Name + " " + cassandra.CQL(f.Type, true)
					}
					testkit.Exec(t, session, fmt.Sprintf("CREATE TYPE %s.%s (%s)", keyspace, text, strings.Join(parts, ", ")))
				}
				cql = append(cql, text)
			}
			testkit.Exec(t, session, strings.TrimSuffix(cassandra.CreateTable(keyspace, name, names, cql, names[:1]), ";"))
			return declare(1, fields, "hosts", testkit.Cassandra(t), "keyspace", keyspace, "table", name)
		},
		Rows: func(t testing.TB, table *catalog.Table) []string {
			return shown(t, session, keyspace, table)
		},
		AtOnce: true,
		Stall: func(t testing.TB) func() {
			testkit.Service(t, "cassandra", "pause", "1")
			resumed := false
			resume := func() {
				if !resumed {
					resumed = true
					testkit.Service(t, "cassandra", "resume", "1")
				}
			}
			t.Cleanup(resume)
			return resume
		},
		Unreachable: func(t testing.TB) (*catalog.Table, string) {
			address := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t, 1))
			return declare(1, []field{{"k", text}}, "hosts", address, "keyspace", "k", "username", "u", "password", sinktest.SecretValue), address
		},
	})
}

// seen takes a cell as it is, so that a NULL is told from an empty value.
type seen struct {
	typ  types.Type
	text string
}

func (s *seen) UnmarshalCQL(info gocql.TypeInfo, data []byte) error {
	if data == nil {
		s.text = "NULL"
		return nil
	}
	var v any
	if err := gocql.Unmarshal(info, data, &v); err != nil {
		return err
	}
	s.text = textOf(v, s.typ)
	return nil
}

// textOf is a value that the driver has decoded as PostgreSQL would write it.
func textOf(v any, t types.Type) string {
	switch v := v.(type) {
	case float32:
		return string(types.AppendFloat(nil, float64(v), 32))
	case float64:
		return string(types.AppendFloat(nil, v, 64))
	case []byte:
		return string(types.AppendBytes(nil, v))
	case time.Duration:
		return string(types.AppendTime(nil, v.Microseconds()))
	case time.Time:
		switch t.Kind {
		case types.Date:
			return v.Format(time.DateOnly)
		case types.TimestampTZ:
			return string(types.AppendTimestampTZ(nil, v.UnixMicro()))
		}
		return string(types.AppendTimestamp(nil, v.UnixMicro()))
	case *big.Int:
		return v.String()
	case []int64:
		return strings.NewReplacer("[", "{", "]", "}", " ", ",").Replace(fmt.Sprint(v))
	case []string:
		quoted := slices.Clone(v)
		for i, s := range quoted {
			if strings.Contains(s, " ") {
				quoted[i] = `"` + s + `"`
			}
		}
		return "{" + strings.Join(quoted, ",") + "}"
	case map[string]int64:
		for k, n := range v { // the suite's map has one key
			return fmt.Sprintf("{%q:%d}", k, n)
		}
	case map[string]any:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = fmt.Sprint(v[f.Name])
		}
		return "(" + strings.Join(parts, ",") + ")"
	}
	return fmt.Sprint(v)
}

func shown(t testing.TB, session *gocql.Session, keyspace string, table *catalog.Table) []string {
	t.Helper()
	it := session.Query(fmt.Sprintf("SELECT %s FROM %s.%s", strings.Join(table.ColumnNames(), ", "), keyspace, table.Options["table"].Value)).Iter()
	cells := make([]seen, len(table.Columns))
	dest := make([]any, len(cells))
	for i, c := range table.Columns {
		cells[i].typ = c.Type
		dest[i] = &cells[i]
	}
	var rows []string
	for it.Scan(dest...) {
		parts := make([]string, len(cells))
		for i := range cells {
			parts[i] = cells[i].text
		}
		rows = append(rows, strings.Join(parts, "|"))
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return rows
}
