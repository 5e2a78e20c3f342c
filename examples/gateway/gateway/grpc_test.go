package gateway_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/dram-go/dram/examples/gateway/descriptors"
)

// gRPC services of tests: of the text of a .proto file, without protoc and
// without generated code. The servers are grpc-go's, on a socket, without reflection.

// compileProto returns the descriptor set of a file, with all that it imports.
func compileProto(t testing.TB, text string) []byte {
	t.Helper()
	set, err := descriptors.Compile(t.Context(), "test.proto", text)
	require.NoError(t, err)
	return set
}

// grpcCall is one call of a method.
type grpcCall struct {
	Context context.Context
	In      *dynamicpb.Message
	stream  grpc.ServerStream
	out     protoreflect.MessageDescriptor
	test    testing.TB
}

// Text is the message of the call, as JSON.
func (c *grpcCall) Text() string {
	text, err := protojson.Marshal(c.In)
	require.NoError(c.test, err)
	return string(text)
}

// Send answers with a message, written as JSON.
func (c *grpcCall) Send(text string) error {
	out := dynamicpb.NewMessage(c.out)
	if err := protojson.Unmarshal([]byte(text), out); err != nil {
		return err
	}
	return c.stream.SendMsg(out)
}

// serveGRPC serves the methods of a descriptor set, by their names, and returns host and port.
func serveGRPC(t testing.TB, set []byte, methods map[string]func(*grpcCall) error, options ...grpc.ServerOption) string {
	t.Helper()
	var files descriptorpb.FileDescriptorSet
	require.NoError(t, proto.Unmarshal(set, &files))
	known, err := protodesc.NewFiles(&files)
	require.NoError(t, err)
	server := grpc.NewServer(options...)
	known.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			server.RegisterService(describe(t, file.Services().Get(i), methods), nil)
		}
		return true
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go server.Serve(listener) //nolint:errcheck // ends with Stop
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func describe(t testing.TB, service protoreflect.ServiceDescriptor, methods map[string]func(*grpcCall) error) *grpc.ServiceDesc {
	desc := &grpc.ServiceDesc{ServiceName: string(service.FullName())}
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		serve := methods[string(method.Name())]
		if serve == nil {
			continue
		}
		desc.Streams = append(desc.Streams, grpc.StreamDesc{
			StreamName: string(method.Name()), ServerStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error {
				in := dynamicpb.NewMessage(method.Input())
				if err := stream.RecvMsg(in); err != nil {
					return err
				}
				return serve(&grpcCall{Context: stream.Context(), In: in, stream: stream, out: method.Output(), test: t})
			},
		})
	}
	return desc
}
