"""A brand's products: what is ordered, in which unit, and how it is tracked."""

from typing import Any

from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.schemas import ProductPutSchema, ProductSchema
from api.door import Door
from api.paging import Page, PageQuery, page_schema
from api.parsing import object_body
from api.showing import show
from workflows.domain import products
from workflows.domain.products import Product

blueprint = Door("products", __name__, url_prefix="/api/v1/brand", description="Products of the brand")


@blueprint.get("/products")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(ProductSchema))
@scopes("products:read")
def list_products(arguments: dict[str, Any]) -> Page:
    """List products"""
    query = products.products_of(actor())
    return page(query, Product.id, arguments, lambda found: [_document(one) for one in found])


@blueprint.get("/products/<ref:sku>")
@blueprint.response(200, ProductSchema)
@scopes("products:read")
def get_product(sku: str) -> Answer:
    """One product"""
    document = _document(products.product(actor(), sku))
    return document, 200, version_headers(document)


@blueprint.put("/products/<ref:sku>")
@blueprint.document(ProductPutSchema)
@blueprint.response(200, ProductSchema)
@blueprint.alt_response(201, schema=ProductSchema, success=True)
@scopes("products:write")
def put_product(sku: str) -> Answer:
    """Create or replace a product"""
    put = products.put_product(actor(), sku, object_body(), edited_version())
    return put_answer(_document(put.record), put.is_new)


def _document(product: Product) -> dict[str, Any]:
    return show("product", products.product_document(product))
