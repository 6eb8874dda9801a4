package pgwire

import (
	"net"
	"sync"
	"time"
)

// logins slows down who guesses passwords: each failed login from an address is answered later than the one before.
type logins struct {
	mu     sync.Mutex
	failed map[string]failures
}

type failures struct {
	n    int
	last time.Time
}

const (
	firstDelay   = 100 * time.Millisecond
	maxDelay     = 5 * time.Second
	forgetAfter  = time.Minute
	maxAddresses = 10_000
)

// failure counts a failed login and tells after how long to answer.
func (l *logins) failure(from net.Addr, now time.Time) time.Duration {
	host := from.String()
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil || len(l.failed) >= maxAddresses {
		l.failed = map[string]failures{}
	}
	f := l.failed[host]
	if now.Sub(f.last) > forgetAfter {
		f.n = 0
	}
	f.n, f.last = f.n+1, now
	l.failed[host] = f
	return min(firstDelay<<min(f.n-1, 10), maxDelay)
}
