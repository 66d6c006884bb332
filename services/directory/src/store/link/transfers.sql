SELECT links.source_id, sources.kind AS source_kind, targets.resource_id AS target_id, targets.kind AS target_kind
FROM links
JOIN resources AS sources
    ON sources.account_id = links.account_id AND sources.resource_id = links.source_id
LEFT JOIN numbers
    ON numbers.account_id = links.account_id AND numbers.e164 = links.e164
JOIN resources AS targets
    ON targets.account_id = links.account_id AND targets.resource_id = coalesce(links.target_id, numbers.number_id)
WHERE links.account_id = $1 AND links.automatic
