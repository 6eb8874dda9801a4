//go:build services

package kafka

import (
	"testing"

	"millrace/internal/kafka"
	"millrace/internal/kafka/kafkatest"
	"millrace/sources/sourcetest"
)

func TestConformanceOnARealCluster(t *testing.T) {
	sourcetest.Run(t, harness(cluster(t), kafka.Zstd))
}

func TestABrokerThatIsKilledInMidReadLosesAndRepeatsNothing(t *testing.T) {
	own := kafkatest.Start(t)
	name := topic(t, own.Address)
	const n = 100_000
	w := newWriter(t, own.Address, "topic", name)
	for p := range int32(4) {
		w.numbers(p, 0, n, 500)
	}
	s, scan := mustOpen(t, table(own.Address, "topic", name), false, 0)
	var splits []*split
	for p := range int32(4) {
		splits = append(splits, openSplit(t, s, scan, p, ""))
	}
	const before = 10_000
	for _, sp := range splits {
		expect(t, sp.take(before), numbered(0, before))
	}
	own.Kill()
	up := make(chan struct{})
	go func() {
		defer close(up)
		own.Up()
	}()
	for _, sp := range splits {
		expect(t, sp.take(n-before), numbered(before, n))
	}
	<-up
	w = newWriter(t, own.Address, "topic", name)
	w.numbers(2, n, n+10, 10)
	expect(t, splits[2].take(10), numbered(n, n+10))
	splits[1].nothingNow()
}
