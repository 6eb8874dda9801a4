// Package testkit is for tests that need more than their own process: the real Kafka and Cassandra that make test
// starts, the millrace binary, an embedded broker, and waiting for what happens elsewhere.
package testkit

import (
	"crypto/rand"
	"encoding/hex"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
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

// FreePort is a TCP port of this machine that nobody listens on, and its successors up to width-1 more.
//
// It is from below the range that the kernel hands out by itself: there any connection that this machine opens in the
// meantime could take it. Of the tests that look for one at the same time each gets another: it holds a lock on it,
// until the process ends.
func FreePort(t testing.TB, width int) int {
	t.Helper()
	const first, last = 10000, 19000
	dir := filepath.Join(os.TempDir(), "millrace-ports")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
search:
	for range 1000 {
		port := first + mathrand.IntN((last-first)/width)*width
		for p := port; p < port+width; p++ {
			if !lockPort(t, dir, p) || !unused(p) {
				continue search
			}
		}
		return port
	}
	t.Fatalf("no %d free ports side by side", width)
	return 0
}

// portLocks keeps the locks' files from the garbage collector, which would close them.
var portLocks struct {
	sync.Mutex
	files []*os.File
}

func lockPort(t testing.TB, dir string, port int) bool {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return false
	}
	portLocks.Lock()
	portLocks.files = append(portLocks.files, f)
	portLocks.Unlock()
	return true
}

func unused(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
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
