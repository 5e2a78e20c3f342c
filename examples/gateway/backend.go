package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/descriptors"
)

// backend is one of the demonstration's services: a version of an HTTP service, or a gRPC
// service. It prints where it listens, and ends with who has started it, that is with its standard input.
func backend(ctx context.Context, kind string) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	if kind == "grpc" {
		if err = users(ctx, listener); ctx.Err() != nil { // before it has begun, say
			return nil
		}
		return err
	}
	return books(kind).RunListenerContext(ctx, listener)
}

// books is the HTTP service. A POST to /break has it fail, or not any more.
func books(version string) *dram.Engine {
	var broken atomic.Bool
	r := dram.New()
	r.GET("/readyz", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	r.POST("/break", func(c *dram.Context) {
		c.JSON(http.StatusOK, dram.H{"version": version, "fails": !broken.Swap(!broken.Load())})
	})
	r.GET("/api/books", func(c *dram.Context) {
		if broken.Load() {
			c.JSON(http.StatusInternalServerError, dram.H{"version": version, "error": "broken"})
			return
		}
		c.JSON(http.StatusOK, dram.H{"version": version, "books": []string{"Momo", "Emil"}, "for": c.GetHeader("X-Identity") != ""})
	})
	r.POST("/api/books", func(c *dram.Context) { c.JSON(http.StatusCreated, dram.H{"version": version}) })
	r.GET("/api/time", func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"time": time.Now().Format(time.TimeOnly)}) })
	return r
}

// users is the gRPC service, of the descriptors of its .proto file alone.
func users(ctx context.Context, listener net.Listener) error {
	text, err := demoFiles.ReadFile("demo/users.proto")
	if err != nil {
		return err
	}
	raw, err := descriptors.Compile(ctx, "users.proto", string(text))
	if err != nil {
		return err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil {
		return err
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return err
	}
	found, err := files.FindDescriptorByName("demo.Users")
	if err != nil {
		return err
	}
	service := found.(protoreflect.ServiceDescriptor)
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "demo.Users", Streams: []grpc.StreamDesc{
		answer(service.Methods().ByName("Get"), 1),
		answer(service.Methods().ByName("Watch"), 5),
	}}, nil)
	context.AfterFunc(ctx, server.Stop)
	return server.Serve(listener)
}

// answer is a method that answers with so many users, one after the other.
func answer(method protoreflect.MethodDescriptor, times int) grpc.StreamDesc {
	return grpc.StreamDesc{StreamName: string(method.Name()), ServerStreams: true, Handler: func(_ any, stream grpc.ServerStream) error {
		in := dynamicpb.NewMessage(method.Input())
		if err := stream.RecvMsg(in); err != nil {
			return err
		}
		name := in.Get(method.Input().Fields().ByName("name"))
		for visit := range times {
			user := dynamicpb.NewMessage(method.Output())
			user.Set(method.Output().Fields().ByName("name"), name)
			user.Set(method.Output().Fields().ByName("visits"), protoreflect.ValueOfInt32(int32(visit+1)))
			if err := stream.SendMsg(user); err != nil {
				return err
			}
			if visit+1 < times {
				time.Sleep(500 * time.Millisecond)
			}
		}
		return nil
	}}
}
