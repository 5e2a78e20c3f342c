package redistest

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/freeport"
)

// slots is how many parts the keys of a cluster are divided into.
const slots = 16384

// Cluster is a cluster of the test's own: three servers, each with a third of the keys
// and without a replica.
type Cluster struct {
	Addrs []string

	servers []*exec.Cmd
}

// NewCluster starts a Cluster, which serves on with what is left when a server is gone.
// The test is skipped without redis-server.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	path := serverPath(t)
	c := new(Cluster)
	nodes := make([]*redis.Client, 3)
	for i := range nodes {
		addr := freeport.Addr(t)
		_, port, _ := net.SplitHostPort(addr)
		_, bus, _ := net.SplitHostPort(freeport.Addr(t))
		server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--cluster-port", bus, "--dir", t.TempDir(), "--save", "",
			"--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "60000")
		c.Addrs, c.servers = append(c.Addrs, addr), append(c.servers, server)
		require.NoError(t, server.Start())
		t.Cleanup(func() { c.Kill(i) })
		nodes[i] = Client(t, c.Addrs[i])
		awaitAnswer(t, nodes[i])
		ctx := context.Background()
		require.NoError(t, nodes[i].ClusterAddSlotsRange(ctx, slots*i/3, slots*(i+1)/3-1).Err())
		require.NoError(t, nodes[i].Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
		require.NoError(t, nodes[0].Do(ctx, "CLUSTER", "MEET", "127.0.0.1", port, bus).Err())
	}
	for _, node := range nodes {
		require.Eventually(t, func() bool {
			info, err := node.ClusterInfo(context.Background()).Result()
			return err == nil && strings.Contains(info, fmt.Sprintf("cluster_slots_ok:%d\r\n", slots)) && strings.Contains(info, "cluster_state:ok")
		}, time.Minute, 10*time.Millisecond)
	}
	return c
}

// Kill ends a server.
func (c *Cluster) Kill(i int) {
	_ = c.servers[i].Process.Kill()
	_ = c.servers[i].Wait()
}
