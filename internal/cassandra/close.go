package cassandra

import (
	"log/slog"
	"sync/atomic"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// closeTimeout is how long the driver has to close a session.
const closeTimeout = 5 * time.Second

var stuck atomic.Int32

// Close closes a session. The driver (2.1.2) never comes back from that where its control connection is just being made
// again: that waits for a refresh of the schema from a goroutine which Close has stopped, and Close waits for it. A job must
// end all the same, so such a session is left behind with its goroutines, and that is told.
func Close(s *gocql.Session) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Close()
	}()
	t := time.NewTimer(closeTimeout)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		stuck.Add(1)
		slog.Warn("cassandra: the driver does not close its session; it is left behind", "after", closeTimeout)
	}
}

// Stuck is how many sessions were left behind so, for tests that look for leaked goroutines.
func Stuck() int { return int(stuck.Load()) }
