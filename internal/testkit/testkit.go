// Package testkit is for tests that need more than their own process: the real Kafka and Cassandra that make test
// starts, the millrace binary, an embedded broker, and waiting for what happens elsewhere.
package testkit

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Kafka is the address, host:port, of the real broker. A test that asks for it has the build tag services.
func Kafka(t testing.TB) string { return address(t, "MILLRACE_KAFKA") }

// Cassandra is the address, host:port, of the real node.
func Cassandra(t testing.TB) string { return address(t, "MILLRACE_CASSANDRA") }

func address(t testing.TB, name string) string {
	t.Helper()
	a := os.Getenv(name)
	if a == "" {
		t.Fatalf("%s is not set: make test starts the real services and sets it", name)
	}
	return a
}

// Name is a name for a topic, table or keyspace that no other test has: of letters, digits and underscores.
func Name(t testing.TB, prefix string) string {
	t.Helper()
	var random [5]byte
	if _, err := rand.Read(random[:]); err != nil {
		t.Fatal(err)
	}
	return prefix + "_" + hex.EncodeToString(random[:])
}

// Broker starts an embedded broker that speaks Kafka's protocol and returns its address. It ends with the test.
func Broker(t testing.TB) string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0]
}

// FreePort is a TCP port of this machine that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Eventually asks done again and again until it is true; after the time that what may take, the test fails.
func Eventually(t testing.TB, within time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// Root is the folder of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(text), "module millrace\n") {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("not inside the repository")
		}
		dir = parent
	}
}
