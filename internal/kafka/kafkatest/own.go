// Package kafkatest starts a real Kafka that a test has for itself, to do to it what other tests must not see.
package kafkatest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"millrace/internal/testkit"
)

// Own is a broker of one test's own.
type Own struct {
	Address string
	t       testing.TB
	env     []string
}

// Start starts a broker, with no data, until the test ends.
func Start(t testing.TB) *Own {
	t.Helper()
	port := testkit.FreePort(t, 2) // the broker, and behind it the controller
	o := &Own{Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), t: t}
	o.env = append(os.Environ(), "SERVICES_DIR="+t.TempDir(), "KAFKA_PORT="+strconv.Itoa(port), "KAFKA_HEAP=256m")
	t.Cleanup(func() { o.run("wipe") })
	o.run("start", "1")
	return o
}

// Kill ends the broker as kill -9 does.
func (o *Own) Kill() {
	o.t.Helper()
	o.run("kill", "1")
}

// Up starts the broker again, with its data, and returns when it is ready.
func (o *Own) Up() {
	o.t.Helper()
	o.run("up", "1")
}

func (o *Own) run(args ...string) {
	o.t.Helper()
	_, here, _, _ := runtime.Caller(0)
	cmd := exec.Command(filepath.Join(filepath.Dir(here), "../../../scripts/services/kafka.sh"), args...)
	cmd.Env = o.env
	if out, err := cmd.CombinedOutput(); err != nil {
		o.t.Fatalf("kafka.sh %v: %v\n%s", args, err, out)
	}
}
