METADATA_PROVIDERS_DESC = [("shared", ".shared_metadata.SharedMetadataProvider")]
