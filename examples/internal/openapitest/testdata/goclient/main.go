// Command goclient talks to the server of the shop at the URL in the argument, and prints what it
// sees.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime/types"

	"goclient/shop"
)

func main() {
	log.SetFlags(0)
	client, err := shop.NewClientWithResponses(os.Args[1])
	if err == nil {
		err = talk(context.Background(), client)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func talk(ctx context.Context, client *shop.ClientWithResponses) error {
	created, err := client.CreateItemWithResponse(ctx, shop.CreateItemJSONRequestBody{
		Name: "Assam", Kind: "tea", Price: "4.20", Tags: &[]string{"black"}, Notes: &map[string]string{"steep": "three minutes"},
	})
	if err != nil {
		return err
	}
	item := created.JSON201
	fmt.Println("created", item.Name, item.Price, item.Code, *created.Headers201.Location)

	read, err := client.GetItemWithResponse(ctx, item.Id)
	if err != nil {
		return err
	}
	removed := "null"
	if read.JSON200.Removed != nil {
		removed = read.JSON200.Removed.String()
	}
	fmt.Println("read", read.JSON200.Name, strings.Join(*read.JSON200.Tags, ","), removed)

	name, match := "Darjeeling", `"1"`
	changed, err := client.ChangeItemWithResponse(ctx, item.Id, &shop.ChangeItemParams{IfMatch: &match}, shop.ChangeItemJSONRequestBody{Name: &name})
	if err != nil {
		return err
	}
	fmt.Println("changed", changed.JSON200.Name)
	return more(ctx, client)
}

func more(ctx context.Context, client *shop.ClientWithResponses) error {
	limit, cheap, since := int64(5), true, types.Date{Time: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	list, err := client.ListItemsWithResponse(ctx, &shop.ListItemsParams{
		Limit: &limit, Kind: &[]string{"tea", "cup"}, Word: &[]string{"a", "b"}, Cheap: &cheap, Since: &since,
	})
	if err != nil {
		return err
	}
	fmt.Print("listed")
	for _, one := range *list.JSON200.Items {
		fmt.Print(" ", one.Name)
	}
	fmt.Println()

	broken, err := client.CreateItemWithResponse(ctx, shop.CreateItemJSONRequestBody{Name: "A", Kind: "tea", Price: "cheap", Tags: &[]string{"x", "green"}})
	if err != nil {
		return err
	}
	problem := broken.ApplicationproblemJSON422
	var faults []string
	for _, fault := range *problem.Errors {
		faults = append(faults, fault.In+fault.Pointer+" "+fault.Rule)
	}
	fmt.Println("broken", problem.Status, strings.Join(faults, ", "))

	none, err := client.GetItemWithResponse(ctx, uuid.MustParse("6ba7b810-9dad-41d1-80b4-000000000000"))
	if err != nil {
		return err
	}
	fmt.Println("none", none.ApplicationproblemJSON404.Status, *none.ApplicationproblemJSON404.Type)
	return nil
}
