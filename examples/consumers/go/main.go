// Command consumer reads what agents report, from the streams that `agent fleet setup` makes, and prints a line for each
// thing that is new.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// durable is the name of the consumers; they keep their place in the streams, so a restart goes on where it stopped.
const durable = "example-go"

// unpackedLimit bounds what a packed message may become.
const unpackedLimit = 16 << 20

// handler reads one message and acknowledges it. What it fails at is not sent again: it would be no better.
type handler func(message jetstream.Msg, kind, cluster string) error

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	connection, err := nats.Connect(cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL), nats.Name(durable))
	if err != nil {
		return err
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return read(ctx, js, "AGENT_EVENTS", newFollower().read) })
	group.Go(func() error { return read(ctx, js, "AGENT_METRICS", newAssembler().read) })
	return group.Wait()
}

// read hands over the messages of a stream, one after the other.
func read(ctx context.Context, js jetstream.JetStream, stream string, handle handler) error {
	config := jetstream.ConsumerConfig{Durable: durable, AckPolicy: jetstream.AckExplicitPolicy}
	consumer, err := js.CreateOrUpdateConsumer(ctx, stream, config)
	if err != nil {
		return fmt.Errorf("%s: %w", stream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	for {
		message, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return ctx.Err()
		} else if err != nil {
			return err
		}
		tokens := strings.Split(message.Subject(), ".")
		if err := handle(message, tokens[len(tokens)-2], tokens[len(tokens)-1]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", message.Subject(), err)
			_ = message.TermWithReason("can't be read")
		}
	}
}

// bodies returns the JSON of a message: one object, or one on each line.
func bodies(message jetstream.Msg) ([][]byte, error) {
	data := message.Data()
	if message.Headers().Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(unpacked, unpackedLimit)); err != nil {
			return nil, err
		}
	}
	if message.Headers().Get("Content-Type") == "application/x-ndjson" {
		return bytes.Split(bytes.TrimSpace(data), []byte("\n")), nil
	}
	return [][]byte{data}, nil
}

// decode reads a message of a cluster. The subject alone says which cluster it is from.
func decode[T any](body []byte, cluster string) (value T, err error) {
	var named struct {
		ClusterID string `json:"cluster_id"`
	}
	if err = json.Unmarshal(body, &named); err != nil {
		return value, err
	}
	if named.ClusterID != cluster {
		return value, fmt.Errorf("it names the cluster %q", named.ClusterID)
	}
	return value, json.Unmarshal(body, &value)
}
