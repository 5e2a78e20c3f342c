// Command golibrary talks to examples/crud at the URL in the argument, and prints what it sees.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"

	"golibrary/api"
)

func main() {
	log.SetFlags(0)
	jar, err := cookiejar.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	client, err := api.NewClientWithResponses(os.Args[1], api.WithHTTPClient(&http.Client{Jar: jar}))
	if err == nil {
		err = talk(context.Background(), client)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func talk(ctx context.Context, client *api.ClientWithResponses) error {
	copies := int64(1)
	refused, err := client.PostApiBooksWithResponse(ctx, nil, api.NewBook{Isbn: "9780596520687", Title: "T", Author: "A", Copies: &copies})
	if err != nil {
		return err
	}
	fmt.Println("refused", refused.ApplicationproblemJSON401.Status, *refused.ApplicationproblemJSON401.Detail)

	in, err := client.PostApiSessionWithResponse(ctx, api.Credentials{Email: "editor@example.com", Password: "dram-demo"})
	if err != nil {
		return err
	}
	fmt.Println("in", in.JSON201.Name, in.JSON201.Role)

	key := "one"
	copies = 2
	created, err := client.PostApiBooksWithResponse(ctx, &api.PostApiBooksParams{IdempotencyKey: &key},
		api.NewBook{Isbn: "978-0-596-52068-7", Title: "Regular Expressions", Author: "Jan Goyvaerts", Copies: &copies})
	if err != nil {
		return err
	}
	book, header := created.JSON201, created.HTTPResponse.Header
	fmt.Println("created", book.Isbn, book.Available, header.Get("ETag"), header.Get("Location"))
	return change(ctx, client, book.Id, header.Get("ETag"))
}

func change(ctx context.Context, client *api.ClientWithResponses, id int64, tag string) error {
	title, copies := "Regular Expressions Cookbook", int64(3)
	params := &api.PatchApiBooksByIdParams{IfMatch: tag}
	changed, err := client.PatchApiBooksByIdWithResponse(ctx, id, params, api.BookPatch{Title: &title})
	if err != nil {
		return err
	}
	fmt.Println("changed", changed.JSON200.Title, changed.HTTPResponse.Header.Get("ETag"))

	stale, err := client.PatchApiBooksByIdWithResponse(ctx, id, params, api.BookPatch{Copies: &copies})
	if err != nil {
		return err
	}
	fmt.Println("stale", stale.ApplicationproblemJSON412.Status)

	q, sort, limit := "cookbook", api.GetApiBooksParamsSort("-title"), int64(1)
	list, err := client.GetApiBooksWithResponse(ctx, &api.GetApiBooksParams{Q: &q, Sort: &sort, Limit: &limit})
	if err != nil {
		return err
	}
	fmt.Println("listed", (*list.JSON200.Items)[0].Title, list.JSON200.Links.Next == nil)

	loan, err := client.PostApiBooksByIdLoansWithResponse(ctx, id, nil)
	if err != nil {
		return err
	}
	returned := "null"
	if at := loan.JSON201.ReturnedAt; at != nil {
		returned = at.String()
	}
	fmt.Println("borrowed", loan.JSON201.Title, returned)
	return end(ctx, client)
}

func end(ctx context.Context, client *api.ClientWithResponses) error {
	copies := int64(-1)
	broken, err := client.PostApiBooksWithResponse(ctx, nil, api.NewBook{Isbn: "1", Author: "A", Copies: &copies})
	if err != nil {
		return err
	}
	var faults []string
	for _, fault := range *broken.ApplicationproblemJSON422.Errors {
		faults = append(faults, fault.Pointer+" "+fault.Rule)
	}
	fmt.Println("broken", broken.ApplicationproblemJSON422.Status, strings.Join(faults, ", "))

	out, err := client.DeleteApiSessionWithResponse(ctx)
	if err != nil {
		return err
	}
	fmt.Println("out", out.StatusCode())
	return nil
}
