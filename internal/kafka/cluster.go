// Package kafka is what reading and writing Kafka have in common: connections and the options that make them, what
// brokers are asked, and record batches in bytes.
//
// kafka-go has the connections: dialling, TLS, logging in, versions. Its own readers and writers are not used: they
// cost ten times what this package does, and deliver records of aborted transactions. Fetch and Produce write their
// bytes themselves, on its connections, by its RawExchanger hook.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"millrace/catalog"
	"millrace/sqlerr"
)

const (
	clientID    = "millrace"
	dialTimeout = 4 * time.Second
	openTimeout = 5 * time.Second  // to find out that a cluster cannot be reached
	askTimeout  = 30 * time.Second // of one request, beyond what the broker was asked to wait
)

// anyBroker stands for one of those in the option brokers.
const anyBroker = -1

// Timestamps that ListOffsets takes beside milliseconds since the epoch.
const (
	Latest   = -1
	Earliest = -2
)

// Cluster is a connection to the brokers of one table, about its one topic. Safe for use by several goroutines.
type Cluster struct {
	Name      string // of the topic
	at        sqlerr.Pos
	brokers   []string
	addr      net.Addr
	transport *kafka.Transport

	mu    sync.Mutex
	known map[int32]string // the addresses of brokers by their ids, as far as they were told
}

// Topic is what the brokers say about a topic.
type Topic struct {
	Name       string
	Partitions []Partition // by ID
}

// Partition is a partition with the broker that it is read from and written to; -1: none at present.
type Partition struct{ ID, Leader int32 }

// Open connects to the cluster of a table and looks its topic up. It returns within about 5 seconds: a cluster that
// cannot be reached is an error with its address. A topic that does not exist is ErrNoTopic (errors.Is), with the
// cluster open.
func Open(ctx context.Context, t *catalog.Table) (*Cluster, Topic, error) {
	tr, err := transport(t)
	if err != nil {
		return nil, Topic{}, err
	}
	o := t.Options["brokers"]
	c := &Cluster{Name: t.Option("topic", ""), at: o.Pos, transport: tr, known: map[int32]string{}}
	if c.brokers, err = brokersOf(o.Value); err != nil {
		return nil, Topic{}, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q %v", "brokers", o.Value, err)
	}
	c.addr = kafka.TCP(c.brokers...)
	within, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	topic, err := c.Topic(within)
	switch {
	case err == nil:
		return c, topic, nil
	case errors.Is(err, ErrNoTopic):
		return c, topic, err
	case ctx.Err() != nil:
		c.Close()
		return nil, topic, context.Cause(ctx)
	}
	c.Close()
	return nil, topic, c.unreachable(err)
}

// Close closes the connections.
func (c *Cluster) Close() { c.transport.CloseIdleConnections() }

// ErrNoTopic is wrapped by the error about a topic that does not exist.
var ErrNoTopic = errors.New("no such topic")

// Topic asks for the topic's partitions and their leaders as they are now.
func (c *Cluster) Topic(ctx context.Context) (Topic, error) {
	m, err := c.metadata(ctx, []string{c.Name})
	if err != nil {
		return Topic{}, err
	}
	topic := Topic{Name: c.Name}
	if len(m.Topics) != 1 {
		return topic, fmt.Errorf("asked for topic %q, the broker tells of %d topics", c.Name, len(m.Topics))
	}
	switch code := Code(m.Topics[0].ErrorCode); {
	case code == UnknownTopic:
		return topic, c.noTopic(ctx)
	case kafka.Error(code) == kafka.LeaderNotAvailable: // it is just being made
	case code != 0:
		return topic, kafka.Error(code)
	}
	for _, p := range m.Topics[0].Partitions {
		leader := p.LeaderID
		if p.ErrorCode != 0 && Code(p.ErrorCode) != Code(kafka.ReplicaNotAvailable) {
			leader = anyBroker
		}
		topic.Partitions = append(topic.Partitions, Partition{p.PartitionIndex, leader})
	}
	slices.SortFunc(topic.Partitions, func(a, b Partition) int { return int(a.ID - b.ID) })
	return topic, nil
}

// noTopic names the topic that comes nearest.
func (c *Cluster) noTopic(ctx context.Context) error {
	e := sqlerr.New(sqlerr.UndefinedObject, c.at, "topic %q does not exist at %s", c.Name, strings.Join(c.brokers, ", ")).Because(ErrNoTopic)
	m, err := c.metadata(ctx, nil)
	if err != nil {
		return e // the topic is what matters
	}
	var names []string
	for _, t := range m.Topics {
		if !t.IsInternal {
			names = append(names, t.Name)
		}
	}
	if e.Hint = sqlerr.Suggest(c.Name, names); e.Hint == "" {
		e.Hint = "Create the topic first."
	}
	return e
}

// metadata asks one of the brokers in the option, or, when those do not answer, one that was told of since.
func (c *Cluster) metadata(ctx context.Context, topics []string) (*metadata.Response, error) {
	var first error
	for _, id := range append([]int32{anyBroker}, c.others()...) {
		m, err := c.ask(ctx, id, &metadata.Request{TopicNames: topics})
		if err == nil {
			r := m.(*metadata.Response)
			c.mu.Lock()
			for _, b := range r.Brokers {
				c.known[b.NodeID] = net.JoinHostPort(b.Host, fmt.Sprint(b.Port))
			}
			c.mu.Unlock()
			return r, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

func (c *Cluster) others() []int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []int32
	for id := range c.known {
		ids = append(ids, id)
	}
	return ids
}

// Address is where a broker is, for messages.
func (c *Cluster) Address(broker int32) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.known[broker]; ok {
		return a
	}
	return strings.Join(c.brokers, ", ")
}

// ListOffsets asks the leaders for offsets: at maps partitions to Earliest, Latest or milliseconds since the epoch,
// which stand for the first record of that time or later. Where there is no such record the answer is -1. With
// committed, Latest is where the first open transaction begins. What passes by itself is waited for, for a few seconds.
func (c *Cluster) ListOffsets(ctx context.Context, at map[int32]int64, committed bool) (map[int32]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	out := make(map[int32]int64, len(at))
	for delay := firstDelay; ; delay = min(2*delay, lastDelay) {
		err := c.listOffsets(ctx, at, committed, out)
		if err == nil {
			return out, nil
		}
		var final *sqlerr.Error
		if errors.As(err, &final) {
			return nil, err
		}
		if pause(ctx, delay) != nil {
			return nil, c.unreachable(err)
		}
	}
}

// listOffsets asks about those that out has not got yet.
func (c *Cluster) listOffsets(ctx context.Context, at map[int32]int64, committed bool, out map[int32]int64) error {
	topic, err := c.Topic(ctx)
	if err != nil {
		return err
	}
	byLeader := map[int32][]listoffsets.RequestPartition{}
	found := 0
	for _, p := range topic.Partitions {
		ts, wanted := at[p.ID]
		if !wanted {
			continue
		}
		found++
		if _, done := out[p.ID]; done {
			continue
		}
		if p.Leader < 0 {
			err = Code(kafka.LeaderNotAvailable)
			continue
		}
		byLeader[p.Leader] = append(byLeader[p.Leader], listoffsets.RequestPartition{Partition: p.ID, CurrentLeaderEpoch: -1, Timestamp: ts})
	}
	if found < len(at) {
		return sqlerr.New(sqlerr.UndefinedObject, c.at, "topic %q has %d partitions, and not all that were asked for", c.Name, len(topic.Partitions))
	}
	isolation := int8(0)
	if committed {
		isolation = 1
	}
	for leader, parts := range byLeader {
		m, askErr := c.ask(ctx, leader, &listoffsets.Request{ReplicaID: -1, IsolationLevel: isolation,
			Topics: []listoffsets.RequestTopic{{Topic: c.Name, Partitions: parts}}})
		if askErr != nil {
			err = fmt.Errorf("broker %s: %w", c.Address(leader), askErr)
			continue
		}
		for _, t := range m.(*listoffsets.Response).Topics {
			for _, p := range t.Partitions {
				switch code := Code(p.ErrorCode); {
				case code == 0:
					out[p.Partition] = p.Offset
				case code.Passing():
					err = code
				default:
					return Refused(c.Name, p.Partition, "read", code)
				}
			}
		}
	}
	return err
}

// CreateTopic makes the topic and waits until all its partitions have leaders. One that somebody else has made
// meanwhile is fine. replication 0 leaves it to the broker.
func (c *Cluster) CreateTopic(ctx context.Context, partitions int32, replication int16) (Topic, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*openTimeout)
	defer cancel()
	if replication == 0 {
		replication = -1
	}
	m, err := c.metadata(ctx, []string{})
	if err != nil {
		return Topic{}, c.unreachable(err)
	}
	r, err := c.ask(ctx, m.ControllerID, &createtopics.Request{TimeoutMs: int32(openTimeout.Milliseconds()),
		Topics: []createtopics.RequestTopic{{Name: c.Name, NumPartitions: partitions, ReplicationFactor: replication}}})
	if err != nil {
		return Topic{}, c.unreachable(err)
	}
	for _, t := range r.(*createtopics.Response).Topics {
		code := Code(t.ErrorCode)
		if code == 0 || code == topicExists {
			continue
		}
		e := sqlerr.New(sqlerr.IOError, c.at, "cannot create topic %q: the broker says: %s", c.Name, brokerSays(kafka.Error(code))).WithDetail("%s", t.ErrorMessage)
		switch {
		case code == badReplication:
			e = e.WithHint("Set the option replication to at most the number of brokers.")
		case code == invalidPartitions:
			e = e.WithHint("Set the option partitions to another number.")
		case isDenied(kafka.Error(code)):
			e.Code = sqlerr.InsufficientPrivilege
		}
		return Topic{}, e
	}
	for delay := firstDelay; ; delay = min(2*delay, lastDelay) {
		topic, err := c.Topic(ctx)
		if err == nil && len(topic.Partitions) > 0 && !slices.ContainsFunc(topic.Partitions, func(p Partition) bool { return p.Leader < 0 }) {
			return topic, nil
		}
		if pause(ctx, delay) != nil {
			return topic, sqlerr.New(sqlerr.IOError, c.at, "topic %q was created, but its partitions have no leaders", c.Name).Because(err).
				WithHint("Look at the brokers' logs.")
		}
	}
}

// pause waits, or returns why not.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask sends one of kafka-go's own messages to a broker, past the pool's cache and its routing.
func (c *Cluster) ask(ctx context.Context, broker int32, msg protocol.Message) (protocol.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	a := &addressed{Message: msg, exchange: exchange{ctx: ctx, broker: broker}}
	if _, err := c.transport.RoundTrip(ctx, c.addr, a); err != nil {
		return nil, err
	}
	return a.response, nil
}

// exchange is the part that messages have in common that go to a broker of our choice.
type exchange struct {
	ctx    context.Context
	broker int32
}

// Broker implements protocol.BrokerMessage. The pool looks at the id alone.
func (e *exchange) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: e.broker}, nil
}

// Required implements protocol.RawExchanger.
func (e *exchange) Required(map[protocol.ApiKey]int16) bool { return true }

// watch frees whoever reads or writes the connection when the exchange is given up; kafka-go only stops waiting.
func (e *exchange) watch(rw io.ReadWriter) (stop func() bool) {
	c, ok := rw.(net.Conn)
	if !ok {
		return func() bool { return true }
	}
	return context.AfterFunc(e.ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // the connection is closed anyhow
}

type addressed struct {
	protocol.Message
	exchange
	version  int16
	response protocol.Message // the pool would have a part in it, knowing its type
}

// Prepare implements protocol.PreparedMessage: it tells the version that both sides know.
func (a *addressed) Prepare(version int16) { a.version = version }

// RawExchange implements protocol.RawExchanger.
func (a *addressed) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	defer a.watch(rw)()
	var err error
	a.response, err = protocol.RoundTrip(rw, a.version, correlation, clientID, a.Message)
	return a, err
}
