package flowtest

import "sync"

// Metrics records what operators count.
type Metrics struct {
	mu    sync.Mutex
	drops map[string]int64
	bytes int64
	rows  int64
	disk  int64
}

// Dropped adds to the rows dropped for a reason.
func (m *Metrics) Dropped(reason string, rows int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drops == nil {
		m.drops = map[string]int64{}
	}
	m.drops[reason] += rows
}

// State keeps the newest report.
func (m *Metrics) State(bytes, rows int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes, m.rows = bytes, rows
}

// Spilled adds to the bytes spilled.
func (m *Metrics) Spilled(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.disk += bytes
}

// OnDisk is the bytes spilled so far.
func (m *Metrics) OnDisk() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.disk
}

// Drops is the number of rows dropped so far for a reason.
func (m *Metrics) Drops(reason string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.drops[reason]
}

// AllDrops is the number of rows dropped so far for whatever reason.
func (m *Metrics) AllDrops() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var n int64
	for _, rows := range m.drops {
		n += rows
	}
	return n
}

// Kept is what the newest report said of an operator's state.
func (m *Metrics) Kept() (bytes, rows int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bytes, m.rows
}
