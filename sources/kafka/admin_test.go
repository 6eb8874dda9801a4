package kafka

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createpartitions"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// admin sends one request of kafka-go's.
func admin(t testing.TB, brokers string, m protocol.Message) protocol.Message {
	t.Helper()
	tr := &kafkago.Transport{}
	defer tr.CloseIdleConnections()
	r, err := tr.RoundTrip(ctx, kafkago.TCP(strings.Split(brokers, ",")...), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func addPartition(t testing.TB, brokers string, count int) {
	t.Helper()
	r := admin(t, brokers, &createpartitions.Request{Topics: []createpartitions.RequestTopic{{Name: "t", Count: int32(count)}}, TimeoutMs: 5000})
	for _, res := range r.(*createpartitions.Response).Results {
		if res.ErrorCode != 0 {
			t.Fatal(kafkago.Error(res.ErrorCode))
		}
	}
}

// dropNextFetch has the broker close the connection on which the next fetch comes.
func dropNextFetch(c *kfake.Cluster) {
	c.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		return nil, errors.New("the broker went away"), true
	})
}

// deleteRecords has the broker forget the records of a partition before an offset, as retention does.
func deleteRecords(t testing.TB, broker string, partition int32, before int64) {
	t.Helper()
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.Version = 1
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic = "t"
	topic.Partitions = []kmsg.DeleteRecordsRequestTopicPartition{{Partition: partition, Offset: before}}
	req.Topics = append(req.Topics, topic)
	conn, err := net.Dial("tcp", broker)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)); err != nil {
		t.Fatal(err)
	}
	var head [8]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:])-4)
	if _, err := io.ReadFull(conn, body); err != nil {
		t.Fatal(err)
	}
	res := req.ResponseKind()
	if err := res.ReadFrom(body); err != nil {
		t.Fatal(err)
	}
	for _, p := range res.(*kmsg.DeleteRecordsResponse).Topics[0].Partitions {
		if p.ErrorCode != 0 {
			t.Fatal(kafkago.Error(p.ErrorCode))
		}
	}
}
