package testkit

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/internal/cassandra"
)

// Keyspace makes a keyspace of one replica on the real node, and a session to look into it. Both end with the test.
func Keyspace(t testing.TB) (*gocql.Session, string) {
	t.Helper()
	host, port, err := net.SplitHostPort(Cassandra(t))
	if err != nil {
		t.Fatalf("MILLRACE_CASSANDRA: %v", err)
	}
	cluster := gocql.NewCluster(host)
	if cluster.Port, err = strconv.Atoi(port); err != nil {
		t.Fatalf("MILLRACE_CASSANDRA: %v", err)
	}
	cluster.Consistency = gocql.Quorum
	cluster.Timeout = 30 * time.Second
	s, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cassandra.Close(s) })
	name := Name(t, "ks")
	Exec(t, s, fmt.Sprintf("CREATE KEYSPACE %s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", name))
	t.Cleanup(func() { Exec(t, s, "DROP KEYSPACE "+name) })
	return s, name
}

// Exec runs a CQL statement that must not fail.
func Exec(t testing.TB, s *gocql.Session, stmt string, args ...any) {
	t.Helper()
	if err := s.Query(stmt, args...).Exec(); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}
